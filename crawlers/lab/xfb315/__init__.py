"""The replica of 消费保: invented complaints about the same invented platforms, some of them posted on 黑猫 too."""

from crawlers.lab.xfb315.server import desk

__all__ = ["desk"]
