import Basics
import Foundation
import HyperparameterSearch
import Workflows

/// A search over the batch size of a project's recipe, with a worker that trains nothing: what it answers is a Python
/// function of the trial's number and batch size, so that every value is known beforehand.
struct FakeSearch {
    let project: TestProject
    private let program: String

    /// - Parameters:
    ///   - trial: the body of `def trial(number, size)`; it may call `report(number, step, value)`, which says whether
    ///     to give up, and returns the result of the trial.
    ///   - extra: lines of the configuration, such as a pruner.
    init(_ stage: TestProject.Stage = .trained, trial: String, extra: String = "") throws {
        project = try TestProject(stage)
        try project.write(
            """
            schemaVersion: 1
            name: sizes
            train: recipe.yaml
            features: out/features.safetensors
            objective: {metric: loss}
            parameters: {training.batchSize: {choice: [16, 32, 64]}}
            sampler: grid
            \(extra)
            """, to: "search.yaml")
        program = try project.write(
            """
            #!/usr/bin/env python3
            import json, os, signal, sys

            def note(line):
                with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "heard.jsonl"), "a") as file:
                    file.write(line)

            def say(**event):
                print(json.dumps(event), flush=True)

            def report(number, step, value):
                say(number=number, step=step, value=value)
                answer = sys.stdin.readline()
                note(answer)
                return json.loads(answer)["prune"]

            def complete(*values, metrics=(), returns=()):
                return {"outcome": "complete", "objectives": values, "metrics": metrics, "returns": returns}

            def trial(number, size):
            \(trial.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n"))

            while line := sys.stdin.readline():
                note(line)
                request = json.loads(line)
                say(number=request["number"],
                    result=trial(request["number"], request["assignments"]["training.batchSize"]))

            """, to: "worker.py")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
    }

    func request(trials: Int, study: String? = nil) -> SearchHyperparameters.Request {
        var request = SearchHyperparameters.Request(path: project.file("search.yaml"))
        (request.trials, request.program, request.study, request.threads) = (trials, program, study, 1)
        return request
    }

    /// - Returns: the outcome, and what was told while it ran, each in a few words.
    func run(
        _ request: SearchHyperparameters.Request, shouldStop: @escaping () -> Bool = { false }
    ) throws -> (outcome: SearchHyperparameters.Outcome, events: [String]) {
        var events: [String] = []
        let outcome = try SearchHyperparameters.run(request, session: project.session, shouldStop: shouldStop) {
            events.append(FakeSearch.text($0))
        }
        return (outcome, events)
    }

    static func text(_ event: SearchHyperparameters.Event) -> String {
        switch event {
        case .opened(let study, let known): "opened \(study) \(known)"
        case .judged(let common): "judged \(common.samples) of \(common.most)"
        case .estimated(let reason): "estimated: \(reason)"
        case .began(let trial): "began \(trial.number)"
        case .ended(let trial, let best, let done):
            "ended \(trial.number) \(trial.state), best \(best.map { "\($0.number)" } ?? "none"), done \(done)"
        case .lost(let number, let reason): "lost \(number): \(reason)"
        }
    }

    /// Every line that workers were handed: requests, and answers to reports.
    func heard() throws -> [JSONValue] {
        guard Paths.exists(project.file("heard.jsonl")) else { return [] }
        return try project.read("heard.jsonl").split(separator: "\n").map {
            try JSONParser.parse(String($0), file: "line")
        }
    }
}
