"""What the router listens for: sentence patterns per task, as data. The order breaks ties.

One pattern a line. Plain words stand for themselves, ``(a|b)`` is one of several, ``[x]`` may be missing, ``@cue`` is
one of the wordings in CUES, and ``<slot>`` captures words that are then read as the slot's kind:

    <object> <thing> <the>   something that is there: "the red car"; <thing> may be a part: "the roof of the house";
                             <the> starts with "the", "my", "this" …
    <new> <a>                something that is not there yet: "a brown dog"; <a> starts with "a", "an", "some" …
    <colour>                 a colour: "blue", "bright red"
    <coloured_part>          "a blue roof"
    <backdrop> <environment> <style> <world>   one of these; <world> is any of the three, and decides the task
    <any>                    anything

A pattern that starts with ``!`` only counts if every slot is known and no word of it ignored.
"""

from __future__ import annotations

from collections.abc import Mapping

from omniedit.types import Task

CUES: Mapping[str, str] = {
    "swap": "replace|swap|exchange|trade|switch|change|interchange|swap out|change out|switch out",
    "for": "with|for|by|to|into|against",
    "instead_of": "instead of|rather than|in place of|in lieu of|in the place of|in the spot of|in the position of",
    "there": "there|instead|there instead|in its place|in its spot|in place|where it was",
    "turn": "turn|change|convert|transform|make|morph|modify|switch",
    "into": "into|to|in to|as|like|to be|to become|become|look like|look|in|in the style of",
    "remove": "remove|delete|erase|eliminate|lose|clear|wipe|hide|drop|cut|omit|scrub|scrub out|destroy|rid|get rid of"
    "|take away|take out|cut out|cut away|crop out|edit out|edit away|wipe out|clear away|clean up|leave out|leave off"
    "|photoshop out",
    "take": "take|cut|edit|leave|crop|wipe|photoshop|clear|get",
    "away": "away|out|off|completely|entirely|altogether|here|from here|from it|out of it|out of here",
    "gone": "gone|removed|deleted|erased|away|out|disappear|vanish|invisible|go|go away|be removed|be gone|be deleted"
    "|be invisible|not be there|not be here",
    "add": "add|put|place|insert|include|paste|draw|paint|drop|bring|show|stick|set|create|generate|introduce|have"
    "|add in|put in|drop in|bring in|throw in|photoshop in|give me|i want|i would like|i need|we need|there is"
    "|there should be|there must be|there has to be|let there be|@it needs|what about|how about|add one more thing",
    "want": "i want|i would like|i need|i prefer|we want|give me",
    "should": "should be|has to be|have to be|must be|needs to be|need to be|ought to be|should become"
    "|must become|has to become|becomes|become",
    "must": "should|must|has to|have to|needs to|need to|ought to|is to",
    "paint": "paint|repaint|colour|color|recolour|recolor|dye|tint|shade|spray|spray paint|stain",
    "hue": "colour|color|hue|shade|tint",
    "change": "change|switch|set|turn|alter|adjust|modify|make|swap|convert",
    "put": "put|place|move|set|bring|transport|take|show|send",
    "backdrop": "background|backdrop|back ground|surroundings|scenery|what is behind|setting|location",
    "render": "render|draw|redraw|paint|repaint|sketch|show|do|restyle|reimagine|imagine|stylise|stylize|depict|see"
    "|have|want|put|move|create|recreate|display|present|set|transport|bring",
    "look": "style|look|effect|filter|aesthetic|feel|version|treatment|mood|atmosphere|vibe|feeling|look and feel",
    "it": "it|this|that|everything|all|all of it|@picture|the @picture|this @picture|that @picture|my @picture"
    "|same @picture|the same @picture|the whole @picture|the entire @picture",
    "picture": "image|photo|picture|pic|photograph|scene|thing|place|view|shot",
    "sky": "weather|season|time of day|time|lighting|light|atmosphere|sky|scene|day|climate|mood|conditions",
    "like": "as|like|look like|looks like|as if it was|as if it were|as if it had been|as though it was"
    "|look as if it was|look like it is|look like it was|look like this was",
}
"""Cue -> its wordings: plain words and cues, no brackets."""

PATTERNS: Mapping[Task | None, str] = {
    Task.ATTRIBUTE: """
        @paint <thing> [(in|with|to|into)] <colour> [instead|all over]
        [@change|have|let] [the] @hue of <thing> [from <any>] [(to|into|be|to be|become|as|@should)] <colour>
        @change <thing> @hue [from <any>] [(to|into|be|become)] <colour>
        @turn <thing> [(into|to|to be|look|be)] <colour> [instead]
        @change <thing> [from <any>] [(to|into|be|become|in)] <colour> [instead]
        (let|have|show|make|@want) <thing> [(in|to be|be|become|to become|as)] <colour> [instead]
        <thing> @should <colour> [instead]
        (can|could|may|should) <thing> be <colour>
        give <thing> <colour> [(@hue|paint job|coat of paint|finish|tone)]
        give <object> <coloured_part>
        make <object> have <coloured_part>
        ! <thing> [(in|to)] <colour> [instead]
        """,
    Task.SWAP: """
        @swap <object> @for <new>
        @turn <object> (into|to) <new>
        substitute <a> for <object>
        substitute <the> (with|by|for) <a>
        substitute <object> (with|by) <new>
        substitute <new> for <object>
        (use|make|@add|@want) <new> @instead_of <object>
        (use|make|@add|@want) <new> where <object> (is|was|stands|sits)
        i would rather have <new> than <object>
        @instead_of <object> (use|@add|@want) <new>
        @add <new> in [the] (place|spot|position) of <object>
        @remove <object> and @add <new> @there
        <object> @should <new> [instead]
        (let|make|have) <object> (become|be) <new>
        (make|have) <object> <a>
        """,
    Task.REMOVAL: """
        @remove <object> [@away]
        @take <object> @away
        @take @away <object>
        (make|have|let) <object> @gone
        @want <object> [to|to be] @gone
        <object> @must [be] @gone
        [there @must be|show|with|@want] no [more] <object> [here|left|anymore|any more]
        there @must not be [a|an|any] <object> [here|anymore]
        [show|make|@want] [@it] without <object>
        i do not (want|need|like) [to see|to have] <object> [here|there|anymore|any more|in it]
        i no longer (want|need) <object>
        """,
    Task.ADDITION: """
        @add <new> [(to|into|in|onto|on) @it] [too|as well|there|here|somewhere|instead]
        (let|make|have) <new> appear [there|here|somewhere]
        ! [@it] with <new> [in it|there|here|added]
        """,
    Task.BACKGROUND: """
        @swap [the|this|my] @backdrop [of @it] @for [be] <backdrop>
        (make|set|have|let) [the] @backdrop [(be|become|look|look like|to|to be|as)] <backdrop>
        @change [the] @backdrop [of @it] [(to|into)] <backdrop>
        [the] @backdrop @should <backdrop>
        [use|with|@add] <backdrop> (as|in|for|behind|to be) [the|a] @backdrop
        [use|with|@add] <backdrop> behind [@it]
        ! [give @it|@add] [a|an] <backdrop> @backdrop
        ! @put <the> [(to|in|into|on|at)] <backdrop>
        ! [make] [@it] @like [(taken|shot|photographed|filmed|set)] <backdrop>
        ! [the] @backdrop <backdrop>
        """,
    Task.STYLE: """
        (apply|use|try|go for|choose|with|do|do @it in|give|have|put on|@add) <style> @look [(to|on|for|over) @it]
        ! (apply|use|try|go for) <style> [(to|on|for|over) @it]
        give @it <style> @look
        @change [the] (style|look) [of @it] [(to|into)] <style>
        @turn @it [@into] <style> @look
        [make|@render] [@it] [@into] in [the|a|an] <style> style
        [make|turn|convert|@want|@render] [@it] in [the|a] style of <style>
        (stylise|stylize|restyle) [@it] [(as|like|into|in)] <style>
        [make] [@it] look (like|as if) [it was|it were] (painted|drawn|sketched|made) [(in|with|by|as|like)] <style>
        ! @render [@it] (as|like|in|with) <style>
        ! <style> @it
        """,
    Task.ENVIRONMENT: """
        @change [the] @sky [of @it] [from <any>] (to|into|from day to) <environment>
        @swap [the] @sky (with|for|by) <environment>
        ! @turn [the|a|this] @sky [@into] <environment>
        ! @add <environment> [(to|over|in|across|for) (@it|the @sky|the ground|the air)]
        ! @add <environment> [(everywhere|@look)]
        """,
    None: """
        @turn [@it] @into <world> [@look]
        @turn @it <world>
        @render @it @into <world>
        ! @render @it <world>
        [let|@want] @it [to be|be|@into|@should] <world>
        ! what would @it look like [as|in|with|during|if it was|if it were|if this was] <world>
        ! what if (@it|we|they) (was|were|is) <world>
        ! how would @it look [as|in|during] <world>
        ! [@turn @it] @like <world>
        ! (let|have) it [be] <world>
        ! @it @should <world>
        ! (give|lend) @it <world> [@look]
        ! @add <world> [@look]
        ! [more] <world>
        """,
}
"""Task -> its patterns; None: the words of <world> decide the task."""

EXAMPLES: Mapping[Task, str] = {
    Task.SWAP: "replace the black cat with a brown dog",
    Task.REMOVAL: "remove the black cat",
    Task.ADDITION: "add a red car on the left",
    Task.ATTRIBUTE: "make the roof of the house blue",
    Task.BACKGROUND: "replace the background with a beach",
    Task.ENVIRONMENT: "make it night",
    Task.STYLE: "turn this into a watercolour",
}
"""Task -> an instruction for people to start from."""
