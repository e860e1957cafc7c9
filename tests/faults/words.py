"""What a page claims of a command, by the words that the pages have for it."""

from __future__ import annotations

import re

# In a heading.
DONE = re.compile("充值成功|借款到账了|还款成功|电子账户开通了|合同签好了")
# Anywhere.
NOTHING = re.compile("这一笔没有办成|什么都没有办")
# In a heading: the outcome is not known yet.
WAITING = re.compile("正在(处理|为您)")
