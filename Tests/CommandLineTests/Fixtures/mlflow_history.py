#!/usr/bin/env python3
"""A history made by the real MLflow in SQLite, and its comparison with what hftml imported, value by value.

    python3 mlflow_history.py make DIRECTORY RUNS
    python3 mlflow_history.py compare DIRECTORY registry.sqlite
"""
import json, math, os, random, sqlite3, sys, warnings

warnings.filterwarnings("ignore")
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag, ViewType

STATUS = {"RUNNING": "running", "SCHEDULED": "scheduled", "FINISHED": "finished", "FAILED": "failed", "KILLED": "interrupted"}


def client(directory):
    return MlflowClient(tracking_uri=f"sqlite:///{directory}/mlflow.db", registry_uri=f"sqlite:///{directory}/mlflow.db")


def make(directory, count):
    c, rng = client(directory), random.Random(7)
    experiments = [c.create_experiment(name, artifact_location=f"file://{directory}/files/{k}", tags={"team": f"t{k}"}) for k, name in enumerate(["alpha", "beta – ü", "gone"])]
    for i in range(count):
        run = c.create_run(experiments[i % 3], run_name=f"run {i}", start_time=1_700_000_000_000 + i * 1000, tags={"mlflow.source.git.commit": f"{i:040x}", "quote": "it's \"quoted\" \n and – ü"})
        rid = run.info.run_id
        if i % 10 == 9:
            c.set_tag(rid, "mlflow.parentRunId", parent)
        parent = rid
        points = [Metric("loss", rng.random(), 1_700_000_000_000 + step, step) for step in range(rng.randrange(1, 60))]
        # Several values at one step, out of order, and values that are no numbers.
        points += [Metric("again", rng.random(), 5 + k, 3) for k in range(4)] + [Metric("nan", math.nan, 1, 0), Metric("inf", math.inf, 1, 0), Metric("back", 1.0, 10, 9), Metric("back", 2.0, 20, 1)]
        c.log_batch(rid, metrics=points, params=[Param("lr", repr(rng.random())), Param("kind", rng.choice(["lstm", "cnn"]))], tags=[RunTag("n", str(i))])
        if i % 7 == 0:
            path = os.path.join(directory, f"file-{i}.txt")
            with open(path, "w") as file:
                file.write(f"content {i % 3}")
            c.log_artifact(rid, path, "sub dir")
        if i % 11:
            c.set_terminated(rid, ["FINISHED", "FAILED", "KILLED"][i % 3], end_time=1_700_000_000_000 + i * 1000 + 500)
        if i % 13 == 5:
            c.delete_run(rid)
    c.delete_experiment(experiments[2])
    runs = c.search_runs(experiments[:2], max_results=1000)
    for m in range(5):
        name = f"model-{m}"
        c.create_registered_model(name, tags={"desk": str(m)}, description=f"about {m}")
        for v in range(4):
            run = runs[(m * 4 + v) % len(runs)]
            c.create_model_version(name, f"{run.info.artifact_uri}/sub dir", run.info.run_id, tags={"v": str(v)}, description=f"version {v}")
        c.set_registered_model_alias(name, "champion", "2")
        c.set_registered_model_alias(name, "challenger", "4")
        c.delete_model_version(name, "3")


def same(a, b):
    if a is None or b is None:
        return (a is None or math.isnan(a)) and (b is None or math.isnan(b))
    return a == b


def compare(directory, registry):
    c, db = client(directory), sqlite3.connect(registry)
    problems, points = [], 0

    def check(what, found, expected):
        if found != expected:
            problems.append(f"{what}: found {found!r}, expected {expected!r}")

    experiments = c.search_experiments(view_type=ViewType.ALL)
    check("experiments", sorted(db.execute("SELECT name, deleted FROM experiments")), sorted((e.name, int(e.lifecycle_stage == "deleted")) for e in experiments))
    for e in experiments:
        check(f"tags of {e.name}", dict(db.execute("SELECT key, value FROM tags WHERE kind = 'experiment' AND subject = ?", [e.name])), dict(e.tags))
    runs = c.search_runs([e.experiment_id for e in experiments], run_view_type=ViewType.ALL, max_results=50000)
    names = {e.experiment_id: e.name for e in experiments}
    check("runs", db.execute("SELECT count(*) FROM run").fetchone()[0], len(runs))
    for run in runs:
        i = run.info
        row = db.execute("SELECT experiment, name, status, started_at, ended_at, user, git_commit, parent, deleted_at IS NOT NULL FROM run WHERE id = ?", [i.run_id]).fetchone()
        check(f"run {i.run_id}", row, (names[i.experiment_id], i.run_name, STATUS[i.status], i.start_time * 10**6, i.end_time and i.end_time * 10**6, i.user_id,
                                       run.data.tags.get("mlflow.source.git.commit"), run.data.tags.get("mlflow.parentRunId"), int(i.lifecycle_stage == "deleted")))
        check(f"params of {i.run_id}", dict(db.execute("SELECT key, value FROM params WHERE run = ?", [i.run_id])), dict(run.data.params))
        tags = dict(db.execute("SELECT key, value FROM tags WHERE kind = 'run' AND subject = ?", [i.run_id]))
        check(f"place of {i.run_id}", tags.pop("mlflow.artifactUri"), i.artifact_uri)
        check(f"tags of {i.run_id}", tags, dict(run.data.tags))
        latest = dict(db.execute("SELECT key, value FROM metrics_latest WHERE run = ?", [i.run_id]))
        check(f"keys of {i.run_id}", set(latest), set(run.data.metrics))
        for key, value in run.data.metrics.items():
            if not same(latest.get(key), value):
                problems.append(f"latest {key} of {i.run_id}: found {latest.get(key)}, expected {value}")
            found = sorted(db.execute("SELECT m.step, m.time, m.value FROM metric m JOIN series s ON s.id = m.series WHERE s.run = ? AND s.key = ?", [i.run_id, key]), key=repr)
            expected = sorted(((p.step, p.timestamp * 10**6, None if math.isnan(p.value) else p.value) for p in c.get_metric_history(i.run_id, key)), key=repr)
            check(f"history of {key} of {i.run_id}", found, expected)
            points += len(expected)
    for model in c.search_registered_models(max_results=1000):
        check(f"model {model.name}", db.execute("SELECT description FROM models WHERE name = ?", [model.name]).fetchone(), (model.description,))
        check(f"tags of {model.name}", dict(db.execute("SELECT key, value FROM tags WHERE kind = 'model' AND subject = ?", [model.name])), dict(model.tags))
        aliases = dict(db.execute("SELECT alias, version FROM alias WHERE model = ?", [model.name]))
        check(f"aliases of {model.name}", aliases, {a: int(v) for a, v in model.aliases.items()})
    versions = c.search_model_versions(max_results=1000)
    check("versions", db.execute("SELECT count(*) FROM versions").fetchone()[0], len(versions))
    for v in versions:
        row = db.execute("SELECT run, description, source, created_at FROM version WHERE model = ? AND version = ?", [v.name, int(v.version)]).fetchone()
        check(f"version {v.name}/{v.version}", row, (v.run_id, v.description, v.source, v.creation_timestamp * 10**6))
        check(f"tags of {v.name}/{v.version}", dict(db.execute("SELECT key, value FROM tags WHERE kind = 'version' AND subject = ?", [f"{v.name}/{v.version}"])), dict(v.tags))
    files = db.execute("SELECT count(*) FROM artefact").fetchone()[0]
    print(json.dumps({"runs": len(runs), "points": points, "versions": len(versions), "files": files, "differences": problems[:20]}))


if __name__ == "__main__":
    make(sys.argv[2], int(sys.argv[3])) if sys.argv[1] == "make" else compare(sys.argv[2], sys.argv[3])
