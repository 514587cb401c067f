"""The lab: a replica of 黑猫投诉 on loopback with invented content, a settable clock, and its own truth."""
