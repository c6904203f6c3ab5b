import ArgumentParser
import Basics
import Documents
import ReinforcementLearning
import Workflows

/// `hftml train` for a configuration with an agent.
struct AgentTraining {
    let common: CommonOptions
    let session: Session

    func perform(_ request: TrainModel.Request, repeats: Int?) throws {
        guard let repeats else {
            let outcome = try train(request)
            guard let evaluation = outcome.evaluation else { return }
            if common.json {
                var node = evaluation.json
                (node[key: "run"], node[key: "weights"], node[key: "steps"]) = (
                    .string(outcome.run), .string(outcome.weights), .int(outcome.steps)
                )
                return emit(node.text(.pretty))
            }
            emit(Self.table(evaluation))
            return emit(outcome.run)
        }
        let outcome = try RepeatTraining.run(request, repeats: repeats) { one, index in
            common.terminal.say("repeat \(index + 1) of \(repeats), seed \(one.seed ?? 0)")
            let outcome = try train(one)
            guard let evaluation = outcome.evaluation else { return nil }
            var measures = [("return", evaluation.rows[0].statistics.mean)]
            if let share = evaluation.shareOfGap { measures.append(("share of the gap", share)) }
            measures += evaluation.rows.dropFirst().map { ($0.name, $0.statistics.mean) }
            return RepeatTraining.Repeat(run: outcome.run, measures: measures.map { (name: $0.0, value: $0.1) })
        }
        guard let outcome else { throw ExitCode(ExitStatus.interrupted.rawValue) }
        if common.json {
            return emit(
                JSONValue.map([
                    "schemaVersion": .int(1), "runs": .strings(outcome.runs),
                    "evaluation": .map(outcome.measures.map { ($0.name, RepeatTraining.json($0.statistics)) }),
                ]).text(.pretty))
        }
        emit(TrainCommand.table(outcome.measures, "return, \(repeats) seeds"))
        for run in outcome.runs { emit(run) }
    }

    private func train(_ request: TrainModel.Request) throws -> TrainAgent.Outcome {
        let terminal = common.terminal, started = Clock.monotonic()
        var shown = 0, first = 0
        let outcome = try TrainAgent.run(
            request, session: session,
            started: { id, recipe in
                terminal.say(
                    "run \(id.prefix(8)): \(recipe.agent.name) on \(recipe.environment[key: "kind"]?.stringValue ?? recipe.environment.stringValue ?? ""), \(request.threads) threads"
                )
            },
            shouldStop: { Interruption.isPending },
            progress: { agent in
                if shown == 0 { first = agent.steps }
                let elapsed = Double(Clock.monotonic() - started) * 1e-9,
                    fraction = min(1, Double(agent.steps) / Double(agent.totalSteps))
                let done = Double(agent.steps - first), rate = done / max(elapsed, 1e-9),
                    remaining = rate > 0 ? Double(agent.totalSteps - agent.steps) / rate : 0
                let mean = agent.curve.last?.meanReturn ?? .nan
                let line =
                    "step \(agent.steps)/\(agent.totalSteps)  return \(mean.isFinite ? fixed(mean, 3) : "–")  \(Int(rate)) steps/s"
                let tenth = Int(fraction * 10)
                if tenth > shown || shown == 0 {
                    shown = max(tenth, 1)
                    if !terminal.isInteractive { terminal.say("  " + line) }
                }
                terminal.showProgress("\(Terminal.bar(fraction)) \(line)  \(Int(remaining.rounded())) s left")
            })
        terminal.clearLine()
        guard outcome.isFinished else {
            terminal.say(
                "stopped after step \(outcome.steps); go on with: hftml train … --resume \(outcome.run.prefix(8))")
            throw ExitCode(ExitStatus.interrupted.rawValue)
        }
        terminal.say(
            "return \(sparkline(outcome.curve.map(\.meanReturn)))  \(outcome.steps) steps in \(fixed(Double(Clock.monotonic() - started) * 1e-9, 1)) s, evaluation included"
        )
        terminal.say("weights \(outcome.weights.prefix(16))…")
        let page = Paths.join(request.output, "policy.html")
        try AtomicFile.write(PolicyPage(outcome).page.html, to: page)
        return outcome
    }

    /// The learned policy beside those its task knows.
    static func table(_ evaluation: EvaluatePolicy.Outcome) -> String {
        var table = TextTable(
            ["policy", "return", "± s.e.", "sd", "learned is better by (95 %)"] + evaluation.measureNames,
            rightAligned: Set([1, 2, 3] + evaluation.measureNames.indices.map { $0 + 5 }))
        for row in evaluation.rows {
            let statistics = row.statistics
            table.add(
                [
                    row.kind.map { "\(row.name) (\($0.rawValue))" } ?? row.name, shown(statistics.mean),
                    shown(statistics.standardError), shown(statistics.deviation),
                    row.advantage.map { "\(shown($0.mean)): \(shown($0.lower)) … \(shown($0.upper))" } ?? "",
                ] + statistics.measures.map { shown($0) })
        }
        let share =
            evaluation.shareOfGap.map {
                "\nlearned \(fixed($0 * 100, 1)) % of what the best known policy has over the naive one"
            } ?? ""
        return "\(evaluation.rows[0].statistics.returns.count) episodes\n" + table.text + share
    }
}
