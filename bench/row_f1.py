"""Row of accuracy: the entity F1 of int8 beside that of fp32, on sentences that the fine-tuning did not see."""
import json

import material
import measure


def rows(suite):
    n = 500 if suite.quick else 3000
    data = material.write_csv(material.inside("data", "f1.csv"), suite.sentences.take(n, 40000))
    model = suite.minilm()

    def f1(*options):
        said = measure.run([suite.nomen, "eval", "--model", model, data, "--json", "--quiet", "--threads", suite.threads,
                            *options], suite.environment)
        return 100 * json.loads(said[3])["f1"]
    fp32, int8 = f1(), f1("--int8")
    row = measure.value("entity F1 that int8 costs, MiniLM-L6, %d sentences" % n, "points", fp32 - int8, suite.goal("f1"),
                        note="F1 %.2f in fp32, %.2f in int8" % (fp32, int8))
    suite.tell(row)
    return [row]
