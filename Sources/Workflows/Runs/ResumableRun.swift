import Basics
import Registry

/// What a run must be to go on: not finished, and started with this very configuration, data and starting weights.
enum ResumableRun {
    /// - Throws: ``Failure`` with code `train.finished`, `train.other-data`, `train.other-config` or
    ///   `train.other-initial`.
    static func check(
        _ id: String, config: JSONValue, data: String, initial: String?, registry: RegistryDatabase
    ) throws -> RunRecord {
        let run = try registry.run(id)
        guard run.kind == .train else {
            throw Failure(
                "train.other-kind", "found a run of kind '\(run.kind.rawValue)', expected a training",
                hint: run.kind == .trial
                    ? "a search goes on when the same command is run again: hftml search CONFIG"
                    : "run its command again")
        }
        guard run.status != .finished else {
            throw Failure(
                "train.finished", "found run \(run.id.prefix(8)) finished", hint: "start a new run without --resume")
        }
        guard run.dataDigest == data else {
            throw Failure(
                "train.other-data", "found other data than run \(run.id.prefix(8)) was started with",
                hint: "rebuild the same features, or start anew without --resume")
        }
        let recorded = try JSONParser.parse(run.config, file: "run \(run.id.prefix(8))")
        let differences = differences(recorded, config)
        guard differences.isEmpty else {
            let shown = differences.prefix(6).joined(separator: "; "), more = differences.count - 6
            throw Failure(
                "train.other-config",
                "found another configuration than run \(run.id.prefix(8)) was started with: \(shown)"
                    + (more > 0 ? "; and \(more) more" : ""),
                hint: "go on with the configuration on record: hftml resume \(run.id.prefix(8)); or start anew")
        }
        if let initial, let begun = try registry.start(of: id) {
            let known = begun.start[key: "initial"]?.stringValue
            guard known == initial else {
                throw Failure(
                    "train.other-initial",
                    "found the starting weights \(initial.prefix(12)), and run \(run.id.prefix(8)) was started from "
                        + (known.map { "\($0.prefix(12))" } ?? "its seed"),
                    hint: "leave --initial out: hftml resume \(run.id.prefix(8))")
            }
        }
        return run
    }

    /// Keys whose values differ between two configurations, with both values, in the order of their names.
    static func differences(_ recorded: JSONValue, _ now: JSONValue) -> [String] {
        guard recorded != now else { return [] }
        let left = Dictionary(recorded.leaves().map { ($0.path, $0.value) }) { $1 },
            right = Dictionary(now.leaves().map { ($0.path, $0.value) }) { $1 }
        func text(_ value: JSONValue?) -> String { value.map { $0.stringValue ?? $0.text(.compact) } ?? "nothing" }
        return Set(left.keys).union(right.keys).sorted().filter { left[$0] != right[$0] }.map {
            "\($0) was \(text(left[$0])), now \(text(right[$0]))"
        }
    }
}
