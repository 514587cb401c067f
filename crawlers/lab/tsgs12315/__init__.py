"""The lab's replica of 全国12315 公示: invented finished cases of the lab's platforms, behind an invented firewall."""

from crawlers.lab.tsgs12315.serving import TsgsDesk, desk

__all__ = ["TsgsDesk", "desk"]
