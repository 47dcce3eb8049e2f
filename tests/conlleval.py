"""What the conlleval script counts: an oracle."""


def conlleval(predicted, gold):
    """Count as conlleval does: right, found and existing chunks, and right tokens.

    A transcription of the script's own loop and of its two rules, kept apart from
    `util.tagschemes`.
    """

    def parts(tag):
        prefix, _, type_ = tag.partition("-")
        return prefix, type_

    def ends(before, tag):
        (p, p_type), (t, t_type) = before, tag
        return (p, t) in {(a, b) for a in "BI" for b in "BO"} or (
            p != "O" and p_type != t_type
        )

    def starts(before, tag):
        (p, p_type), (t, t_type) = before, tag
        return t == "B" or (p, t) == ("O", "I") or (t != "O" and p_type != t_type)

    right = found = there = right_tokens = 0
    for guessed_tags, gold_tags in zip(predicted, gold):
        last_guessed = last_gold = ("O", "")
        in_correct = False
        for guessed, correct in zip([*guessed_tags, "O"], [*gold_tags, "O"]):
            right_tokens += guessed == correct
            guessed, correct = parts(guessed), parts(correct)
            gold_ends, guess_ends = (
                ends(last_gold, correct),
                ends(last_guessed, guessed),
            )
            if in_correct and gold_ends and guess_ends:
                right += 1
                in_correct = False
            elif in_correct and (gold_ends != guess_ends or guessed[1] != correct[1]):
                in_correct = False
            gold_starts = starts(last_gold, correct)
            guess_starts = starts(last_guessed, guessed)
            if gold_starts and guess_starts and guessed[1] == correct[1]:
                in_correct = True
            there += gold_starts
            found += guess_starts
            last_guessed, last_gold = guessed, correct
        right_tokens -= 1
    return right, found, there, right_tokens
