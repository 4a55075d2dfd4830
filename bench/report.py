"""The table, as Markdown and as JSON."""
import json
import os


def figure(x):
    """Three digits that count."""
    if x is None:
        return "–"
    if abs(x) >= 1000:
        return "{:,.0f}".format(x)
    return "{:.3g}".format(x) if abs(x) < 100 else "{:.0f}".format(x)


def goal(row):
    if row.get("goal") is None:
        return ""
    return "%s %s" % ("≥" if row["goal_is"] == "at least" else "≤", figure(row["goal"]))


def verdict(row):
    return {True: "met", False: "**not met**", None: ""}[row.get("met")]


def notes(row):
    said = [row["note"]] if row.get("note") else []
    if row.get("best_peer"):
        said.append("best peer")
    if row.get("within_spread"):
        said.append("the goal lies within the spread")
    if "setting" in row:
        said.append("%s, batch %d" % (row["setting"]["variant"], row["setting"]["batch_size"]))
    if "p99" in row:
        said.append("p99 %s / %s" % (figure(row["p99"]["nomen"]), figure(row["p99"]["theirs"])))
    if "logits_difference" in row and row.get("agrees") is not None:
        said.append("logits differ by %.1e of the largest" % row["logits_difference"])
    if "nomen_same_labels" in row:
        said.append("labels as fp32: nomen %.2f %%, peer %.2f %%" % (100 * row["nomen_same_labels"], 100 * row["same_labels"]))
    if row.get("agrees") is False:
        said.append("**ANSWERS DIFFER**")
    return "; ".join(said)


def spread(ratio, n_pairs):
    return "%s (%s–%s, %d)" % (figure(ratio["median"]), figure(ratio["min"]), figure(ratio["max"]), n_pairs)


def one_thread(row):
    one = row.get("one_thread")
    return "%s / %s; %s" % (figure(one["nomen"]), figure(one["theirs"]), spread(one["ratio"], one["pairs"])) if one else ""


def cells(row):
    if "skipped" in row:
        return [row["work"], "", "", "", "", "", "", "", ("" if row.get("failed") else "skipped: ") + row["skipped"].splitlines()[0]]
    ratio = "" if row["ratio"] is None else spread(row["ratio"], row["pairs"])
    return ["%s (%s)" % (row["work"], row["unit"]), row["peer"] or "", figure(row["nomen"]), figure(row["theirs"]), ratio,
            goal(row), verdict(row), one_thread(row), notes(row)]


def line(row):
    """A row for the terminal."""
    return "   " + " | ".join(cell for cell in cells(row) if cell)


HEAD = ["work", "peer", "nomen", "peer's", "ratio: median (min–max, pairs)", "goal", "",
        "one thread: nomen / peer's; ratio", "notes"]


def table(rows):
    lines = ["| " + " | ".join(HEAD) + " |", "|" + "---|" * len(HEAD)]
    return lines + ["| " + " | ".join(cells(row)) + " |" for row in rows]


def markdown(about, rows):
    packages = ", ".join("%s %s" % pair for pair in about["packages"].items())
    lines = ["# nomen beside other engines: %s" % (about["class"] or "a machine without goals of its class"), "",
             "- nomen's kernels: %s, in int8 %s; goals of the class: %s" % (
                 about["kernels"]["isa"], about["kernels"]["int8_isa"], about["class"] or "none"),
             "- machine: %s, %d cores, %s; %.1f GiB; Linux %s; load %.2f when it began" % (
                 about["processor"], about["cores"], " ".join(about["isa"]), about["memory_gib"], about["kernel"],
                 about["load_at_start"]),
             "- %s (commit %s), %s, Python %s; %s" % (about["nomen"], about["commit"], about["gcc"], about["python"], packages),
             "- sentences: %s; the whole run took %.1f minutes" % (about["sentences"], about["minutes"]), ""]
    return "\n".join(lines + table(rows)) + "\n"


def write(directory, about, rows):
    os.makedirs(directory, exist_ok=True)
    text = markdown(about, rows)
    with open(os.path.join(directory, "results.md"), "w", encoding="utf-8") as file:
        file.write(text)
    with open(os.path.join(directory, "results.json"), "w", encoding="utf-8") as file:
        json.dump({"machine": about, "rows": rows}, file, indent=1, ensure_ascii=False)
        file.write("\n")
    return text
