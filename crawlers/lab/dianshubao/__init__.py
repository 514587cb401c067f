"""The lab's replica of 电诉宝: invented complaints about the lab's platforms, some of them also filed on 黑猫's replica."""

from crawlers.lab.dianshubao.serving import DianshubaoDesk, desk

__all__ = ["DianshubaoDesk", "desk"]
