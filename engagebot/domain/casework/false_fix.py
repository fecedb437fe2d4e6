"""What looked fixed and was not: words by which somebody says that an old problem is still there, or back.

English only. Words alone do not tell a false fix: they count where a case of their writer ended a short while
ago. What people say is described by its structure: something bad and "again", a fix and "not", "same" and a
trouble, "back" and a beginning. So words that nobody listed are found where they stand in such a place.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

LOOKS_FIXED_FOR = timedelta(days=14)
"""So long after a case was resolved such words reopen it."""

# A gap of a few words; `\W+` lets a comma or a dash stand between.
_UP_TO = r"(?:\W+\w[\w']*){0,%d}?\W+"
_SOME, _FEW, _MANY = _UP_TO % 2, _UP_TO % 4, _UP_TO % 7

_AGAIN = (
    r"(?:(?:once|yet|all over) again|again|once more|another time|afresh|anew"
    r"|(?:for )?(?:a|the) (?:second|third|fourth|fifth|\w+th) time)"
)
_NOT = r"(?:not|never|cannot|hardly|barely|no longer|\w+n't|neither)"
_BROKEN = (
    r"(?:broken?|broke|down|dead|die[sd]?|out|off(?:line)?|gone|lost|los(?:es|ing)|fail(?:s|ed|ing)?"
    r"|faulty|stuck"
    r"|crash(?:es|ed|ing)?|fr(?:eez(?:es|ing)|oze(?:n)?)|drop(?:s|ped|ping)?|cut(?:s|ting)?(?: out)?"
    r"|missing"
    r"|wrong|bad|worse|slow|lag(?:s|ging)?|unusable|useless|waiting|charg(?:ed|ing)|happen(?:s|ed|ing)?"
    r"|stop(?:s|ped|ping)?|disconnect(?:s|ed|ing)?|buffer(?:s|ing)|blink(?:s|ing)|flicker(?:s|ed|ing)?"
    r"|leak(?:s|ed|ing)?|overcharged|billed|locked|blocked|declined|rejected|cancelled|invalid|empty"
    r"|blank|black"
    r"|silent|(?:logg?(?:s|ed|ing)?|kick(?:s|ed|ing)?|thr(?:ows|ew)|lock(?:s|ed|ing)?) (?:me|us) out"
    r"|restart\w*"
    r"|reboot\w*|refus(?:es|ed|ing)|damaged|cold|late|delayed|unreachable|doing (?:it|this|that)"
    r"|acting up"
    r"|(?:hung|hangs|hanging)(?: up)?|failing|vanish(?:es|ed)|disappear(?:s|ed|ing)|revers(?:es|ed)"
    r"|crack(?:ed|les?|ling)"
    r"|drip(?:s|ped|ping)|flood(?:s|ed|ing)|jam(?:s|med|ming)?|drain(?:s|ed|ing)|spinning"
    r"|complain(?:ing|t)?)"
)
# The plainly bad of them: "out" or "down" also say where something is.
_DEAD = (
    r"(?:broken?|broke|dead|die[sd]|fail(?:s|ed|ing)|faulty|stuck|crash(?:es|ed|ing)|fr(?:eez(?:es|ing)"
    r"|oze(?:n)?)"
    r"|missing|unusable|useless|leak(?:s|ed|ing)|drip(?:s|ped|ping)|crack(?:s|ed|les?|ling)|vanish(?:es"
    r"|ed)"
    r"|disappear(?:s|ed)|declined|rejected|reversed|invalid|damaged|unstable|flood(?:s|ed|ing)|jam(?:s"
    r"|med|ming)?"
    r"|spinning|silent|offline|worse|drain(?:s|ed|ing)|blank|wrong)"
)
_MENDED = (
    r"(?:fix(?:ed)?|solved?|resolved?|sort(?:ed)?|repair(?:ed)?|mended?|cured?|healed|dealt with"
    r"|rectified|restored"
    r"|settled|corrected|addressed)"
)
_RUNS = (
    r"(?:work(?:s|ed|ing)?|heat(?:s|ing)?|load(?:s|ing)?|open(?:s|ing)?|start(?:s|ing)?|connect(?:s"
    r"|ing)?|charge"
    r"|turn(?:s|ing)? on|switch(?:es|ing)? on|boot|respond(?:s|ing)?|play(?:s|ing)?|sync(?:s|ing)?"
    r"|print(?:s|ing)?"
    r"|arrived?|show(?:ed|n)? up|turn(?:ed)? up|come|came|received"
    r"|refunded|delivered|credited|log(?:ged)? in|sign(?:ed)? in|go away|gone away|done anything"
    r"|do anything"
    r"|do a thing|changed? (?:a thing|anything|much)|made? (?:a|any|much) difference)"
)
_TROUBLE = (
    r"(?:problem|issue|error|fault|bug|trouble|mistake|noise|charge|fee|outage|message|nonsense|mess"
    r"|glitch|defect|failure|smell|leak|drip|flicker|buzz(?:ing)?|hum(?:ming)?|rattle|crackle|rattling"
    r"|lag|warning"
    r"|loop|crash|symptom|drop(?:out)?|delay|crap|rubbish|excuse)"
)
_SPAN = r"(?:seconds?|minutes?|hours?|days?|nights?|weeks?|weekend|months?|evening|morning|afternoon)"
_NUMBER = r"(?:an?|one|two|three|four|five|six|seven|eight|nine|ten|twelve|\d+|half an?|few|couple)"
_TOLD = (
    r"(?:thought|said|says|told|tell|claim(?:s|ed)?|promised?|assured|supposed|supposedly|believed"
    r"|believe|hoped|swore|meant"
    r"|apparently|allegedly|mark(?:ed|ing)?|clos(?:ed|ing))"
)
_TRIED = (
    r"(?:technician|engineer|guy|man|visit|call|attempt|repair|replacement|fix|update|reset|box|parcel"
    r"|time)"
)

_STILL: Final = (
    rf"\bstill{_FEW}{_BROKEN}\b",
    rf"\bstill{_FEW}(?:{_NOT}|no|nothing|nobody|nowhere|none|without|waiting)\b",
    rf"\bstill{_SOME}(?:have|has|having|get|gets|getting|got|see|seeing|hear){_FEW}{_TROUBLE}s?\b",
    r"\bstill (?:no|nothing|the same|same|without)\b|\bstill (?:a|an) (?:no|problem|issue|mess"
    r"|disaster)\b",
    r"\bpersists?\b|\bongoing\b|\bcontinu(?:es?|ing) to (?!work|impress|be |shine|improve|amaze|deliver"
    r"|do well)\w+",
    r"\b(?:keeps|kept) (?:on )?(?!work|going|getting better|improv|smil|runn|deliver|surpris|amaz"
    r"|giving|com)\w+ing\b"
    rf"|\bkeep (?:on )?(?:getting |being )?{_BROKEN}\b",
)
_UNFIXED: Final = (
    rf"\b(?:{_NOT}|nothing|nobody|no one|far from|un){_SOME}{_MENDED}\b|\bun(?:fixed|solved|resolved)\b",
    rf"\b(?:not|\w+n't|never|nothing|cannot|neither){_SOME}{_RUNS}\b(?! (?:again )?(?:until|before"
    rf"|well enough))",
    r"\b(?:did|do|does|will|wo|have|has|had)(?:n't| not)(?: really| even)? (?:stick|stuck|hold|held"
    r"|last(?:ed)?|help(?:ed)?)\b",
    rf"\bnever{_SOME}(?:came|arrived|happened|showed|helped|got (?:\w+ )?(?:fixed|solved|sorted"
    rf"|anything)|appeared|worked|went away)\b",
    r"\bnever (?:got|made it|reached|came) (?:here|there|to|through|me|us)\b"
    r"|\b(?:this|it|that)(?: is|'s) not (?:done|over|settled|finished|good enough)\b"
    r"|\balive and (?:well|kicking)\b",
    rf"\b{_MENDED}\b[^.!?]{{0,40}}\b{_DEAD}\b",
    rf"\bwithout (?:fix|solv|resolv|sort|repair|do|chang|help)\w*\b|\b{_MENDED} (?:nothing|nobody"
    rf"|my foot)\b",
    r"\b(?:not|isn't|wasn't|no|hardly|solution isn't) (?:a |the |one |much of a )?(?:solution|fix|cure"
    r"|help)\b",
    rf"\b{_MENDED}\b[^.!?]{{0,30}}\b(?:anything but|as if|not really|think again)\b",
    rf"[\"'“‘](?:{_MENDED}|repair|solution)[\"'”’]",
    rf"\b{_MENDED}[\"'”’]?\s*(?:\?|\.{{2,}}|!)+\s*(?:nope|no\b|not|hardly|wrong|yeah right|lol|my|the|i"
    rf"|it|so|then)",
    rf"\bcalls? (?:this|that|it) (?:an? )?(?:\w+ )?(?:{_MENDED}|repair|service|solution|working|done)\b",
    rf"\b{_TOLD}\b[^.!?]{{0,60}}\b(?:{_MENDED}|behind (?:us|me)|done with|over with"
    r"|would(?:n't| not| never) happen)\b",
    r"\b(?:it|they|that) (?:is|does|has|did|was|do|are|will|wo)(?:n't| not)\W*(?:[.!]|$)",
    rf"(?<!thanks )(?<!thank you )(?<!thank you so )(?<!thanks so )\bso much for\b|\b(?:the|this"
    rf"|your) (?:fix|repair|solution|workaround){_SOME}(?:lasted|held|failed|broke)\b",
)
_BACK: Final = (
    rf"\b{_BROKEN}{_FEW}{_AGAIN}\b|\b{_BROKEN} {_AGAIN}",
    rf"\b{_AGAIN}{_MANY}(?:{_BROKEN}|no|nothing|without|can't|won't|doesn't|isn't)\b",
    rf"\b(?:no|not|without|lose|losing){_SOME}(?:\w+ )?{_AGAIN}\b|\b(?:here|down|off|there) (?:we|i"
    rf"|it) (?:go|goes|are|am) again",
    r"(?:^|[.!?]\s*)(?:and |oh |aaa*nd )?(?:not |me )?again\W*$|\bnot again\b|\bre-?start(?:ed"
    r"|ing)? again\b",
    rf"\b(?:{_TROUBLE}|it|this|that)s?(?:'s| is| are| has| have| came| comes| keeps| just)?(?: come"
    rf"| coming| been)?"
    rf"{_UP_TO % 1}(?:returned|reappeared|resurfaced|recurred|come back|came back|coming back"
    rf"|creeping back)\b",
    rf"\b{_TROUBLE}s?(?:'s| is| are| has| have)?(?: now| all| right)? (?:back|returned|reappear\w*)\b",
    r"^\W*(?:and |so |guess what\W+)?it(?:'s| is) back\W*$|\bback again\b(?=[^.!?]*\b(?:error|problem"
    r"|fault|same)\b)",
    r"\b(?:re-?appear(?:s|ed|ing)?|resurfaced|recurr(?:ed|ing)|popp(?:ed|ing) up|happening all over"
    r"|started over)\b",
    r"\bback to (?:square one|zero|nothing|no |the (?:start|beginning)|where)|\bback where (?:we|i|it"
    r"|things|you)\b",
    rf"\b(?:started|starting|starts|begins|began|stopped|quit|ceased)(?: \w+ing)? {_AGAIN}\b",
    rf"\b{_NUMBER} {_SPAN} (?:later|after|on)\b[^.!?]{{0,70}}\b{_BROKEN}\b"
    rf"|\b{_BROKEN}{_FEW}{_NUMBER} {_SPAN} (?:after|later)\b",
)
_SAME: Final = (
    r"\bas (?!lovely|good|great|kind|friendly|fast|quick|brilliant|tasty|fresh|happy"
    r"|nice)\w+ as (?:ever|before)\b",
    rf"\b(?:replacement|new|second|other) [^.!?]{{0,40}}\b{_DEAD}\b|\banother \w+, another\b",
    rf"\b(?:same|exact|identical|similar|old)(?: (?:very|old|exact|damn\w*|bloody|stupid"
    rf"|annoying))*(?: \w+)? {_TROUBLE}s?\b",
    r"\b(?:new|second|other|next|replacement)\b[^.!?]{0,25}\bsame (?!great|good|lovely|fast|quality"
    r"|friendly)\w+",
    r"\b(?:the|very|exactly the|much the) same(?: thing| story)? (?:happen\w*|again|is happening"
    r"|has happened|as (?:before|ever|last|yesterday|always|then))\b",
    r"\bsame (?!time|place|day|great|good|colour|color|size|one|room|seat|model)(?:\w+ )?(?:again"
    r"|as (?:before|ever|yesterday|always|then))\b"
    r"|\bsame old\b",
    r"\bsame (?!great|good|lovely|fast|quality|friendly|high|warm|nice|excellent|perfect)\w+ as last\b",
    r"\b(?:exactly|just|precisely) (?:as|like|how) (?:it was|before|it did|last)"
    r"|\blike (?:it did )?before\b|\bas before\b",
)
_IN_VAIN: Final = (
    r"\b(?:stopped|quit|ceased|gave up) (?:work|do|charg|connect|load|heat|respond|play|sync)ing\b"
    r"|\b(?:have|had|having|got) to \w+(?: \w+){0,2} again\b",
    r"\bnothing(?:'s| has| have| is| was)? (?:works?|working|helps?|helped|change[sd]?|happen(?:s|ed)"
    r"|improved|been done"
    r"|better|came|arrived)\b|\b(?:did|does|do|changed|solved|achieved|heard|got|received) nothing\b",
    r"\b(?:no|not any|zero|little|without any|hardly any|barely any) (?:better|change|improvement"
    r"|difference|effect"
    r"|progress|luck|success|joy)\b",
    r"\b(?:even|much|far|got|gets|getting|only|is|it) worse\b|\bworse than\b|\bmade (?:it|things"
    r"|matters)(?: even)? worse\b",
    rf"\b(?:only |barely |just )?(?:lasted|held|helped|worked)(?: up)?(?: for| about| all of| only"
    rf"| exactly| just"
    rf"| barely)* {_NUMBER} ?"
    rf"(?:\w+ )?{_SPAN}\b|\bthat lasted long\b",
    r"\b(?:worked|fine|ok(?:ay)?|quiet|held)\b[^!?]{0,25}\b(?:until|till|but (?:now|today)|and now"
    r"|now it)\b",
    rf"\b(?:tried|reset|reinstalled|restarted|replaced|followed|swapped"
    rf"|rebooted)\b[^!?]{{0,60}}\b(?:nothing|no|also"
    rf"|{_NOT}|same|still|keeps?)\b",
    rf"\b(?:second|third|fourth|fifth|sixth|\d+(?:nd|rd|th)) {_TRIED}\b[^.!?]{{0,40}}\b(?:still|no|not"
    rf"|nothing|same|broken"
    r"|since|second|third|fourth|fifth|and counting|in a row)\b",
    r"\b(?:and|but|only)(?: then)?(?: it| to)?(?: then)? (?:died?|stop(?:ped)?|broke|break"
    r"|fail(?:ed)?)\b",
    rf"\b(?:your|the) (?:\w+ )?(?:fix|repair|engineer|technician|visit"
    rf"|update)\b[^!?]{{0,60}}\b(?:{_BROKEN}{_FEW}{_AGAIN}"
    r"|made it|by itself|otherwise)\b|\bsays otherwise\b|\bby itself like\b|\blied\b",
    rf"\b(?:and|plus) now (?:this|that)\b|\bhere (?:i|we) (?:am|are) (?:without|again|with)\b"
    rf"|\balso (?:{_BROKEN}|not)\b",
    r"\btoo much to ask\b|\bfor the umpteenth\b|\bhave had enough\b",
)
_SAYS: Final = re.compile("|".join((*_STILL, *_UNFIXED, *_BACK, *_SAME, *_IN_VAIN)), re.IGNORECASE)
# An unhappy person who says "again" means the old problem, whatever the other words are.
_HINTS: Final = re.compile(r"\b(?:again|still|as before|as ever|as well|another one|too)\b", re.IGNORECASE)

# What is said when all is well: taken out first, so that a "not" or an "again" in it says nothing.
_WELL: Final = re.compile(
    r"(?<!stopped )(?<!quit )(?<!not )(?<!n't )\b(?:works?|working|running|back|online|up|happy|good"
    r"|fine) again\b(?!\W+(?:stopp|down|dead|broken|off))"
    r"|\bstill (?:working|works|fine|good|great|happy|love|running|perfect|going strong|uses?|smiling)\b"
    r"|\b(?:thanks?|thank you|big thanks?|sorry|cheers)(?: \w+)? again\b|\bonce (?:again"
    r"|more),? (?:a big )?thank\w*"
    rf"|\b(?:no|not an?|not one|without an?|zero)(?: more| further| single| other)* (?:problem|issue"
    rf"|{_TROUBLE}|complaint)s?\b"
    r"(?! (?:solved|fixed|is back|was back))"
    rf"|\b(?:not|never|\w+n't)(?:\W+\w+){{0,4}}?\W+(?:{_BROKEN}|{_TROUBLE})s?(?: \w+)?"
    r" (?:any ?more|any longer|since|once|so far|at all)\b"
    r"|\bno (?:more|longer) \w+(?:s|ing)?\b(?! (?:work|help))|\bnot a problem\b|\b(?:not"
    r"|\w+n't) (?:have|need) to\b|\bno (?:need|reason"
    r"|wonder|rush|worries)\b"
    r"|\b(?:can't|cannot|couldn't) (?:wait|complain|fault|thank|recommend|stop|believe how|be happier"
    r"|get enough)\b"
    r"|\b(?:nothing|never|no) (?:to complain|but praise|but good|a dull|seen such|going anywhere"
    r"|let (?:me|us) down)\b"
    rf"|\b{_TROUBLE}s? (?:is|are|has|have) (?:now |finally |all )?gone\b|\bstopped (?:dropping|crashing"
    rf"|leaking|failing)\b"
    r"|\bnever\b[^.!?]{0,40}\bbut (?:you|it|they|he|she)\b"
    r"|\bstill waiting for (?=.*(?:can't wait|excited|looking forward))|\bback (?:in business"
    r"|to normal)\b",
    re.IGNORECASE,
)


def says_not_fixed(text: str, *, is_unhappy: bool = False) -> bool:
    """Whether somebody says that a problem which had ended is still there, or back.

    Of words that feel unhappy a hint is enough.
    """
    words = _WELL.sub(" ", text.replace("’", "'"))
    return _SAYS.search(words) is not None or (is_unhappy and _HINTS.search(words) is not None)
