"""What stays for long is kept out of the search for garbage."""

import gc


def settle() -> None:
    """Free what is garbage by now, and search all that is left no more.

    To be called when a plan has taken over: ten thousand objectives are some hundred
    thousand objects that stay as long as the plan does. The collector would walk over
    all of them whenever many new objects appear, which is when many alerts fire.
    What settled before and is garbage since, an earlier plan above all, is freed.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
