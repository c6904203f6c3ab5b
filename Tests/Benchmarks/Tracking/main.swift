// What the registry does beside a tracking server: prints one JSON line with operations and seconds.
//
//     tracking-benchmark REGISTRY singles COUNT | batches COUNT | runs COUNT
//                        | versions COUNT | search FILTER ORDER REPEATS
//                        | fill RUNS VALUES
import Basics
import Foundation
import Registry

func record(_ name: String, at time: Nanoseconds) -> RunRecord {
    RunRecord(
        id: RunRecord.newID(), experiment: "bench", name: name, kind: .train, startedAt: time, seed: 1, threads: 1,
        config: "{}", dataDigest: nil, gitCommit: nil, gitDirty: [],
        toolVersion: "b", machine: "m", cpu: "c", user: "u")
}

let arguments = Array(CommandLine.arguments.dropFirst())
guard arguments.count >= 3, let count = Int(arguments.last ?? "") else {
    FileHandle.standardError.write(
        Data(
            """
            usage: tracking-benchmark REGISTRY singles|batches|runs|versions COUNT | search FILTER ORDER REPEATS \
            | fill RUNS VALUES

            """.utf8))
    exit(64)
}
let registry = try RegistryDatabase(arguments[0], actor: "tests")
var operations = 0, extra = 0
let start: Nanoseconds
switch arguments[1] {
case "singles":
    let run = record("singles", at: registry.now())
    try registry.start(run, parameters: [])
    start = Clock.monotonic()
    for i in 0..<count { try registry.log([MetricValue("loss", step: i, Double(i))], run: run.id) }
    operations = count
case "batches":
    let run = record("batches", at: registry.now())
    try registry.start(run, parameters: [])
    start = Clock.monotonic()
    for i in 0..<count / 1000 {
        try registry.log(
            (0..<1000).map { MetricValue("m\($0 % 10)", step: i * 100 + $0 / 10, Double($0)) }, run: run.id)
    }
    operations = count / 1000 * 1000
case "runs":
    start = Clock.monotonic()
    for i in 0..<count {
        let run = record("run-\(i)", at: registry.now())
        try registry.start(run, parameters: (0..<5).map { ("p\($0)", "\(i % ($0 + 2))") })
        try registry.log((0..<5).map { MetricValue("m\($0)", Double((i * 7919 + $0) % 1000) / 1000) }, run: run.id)
        try registry.finish(run: run.id, status: .finished)
    }
    operations = count
case "versions":
    let run = record("source", at: registry.now())
    try registry.start(run, parameters: [])
    start = Clock.monotonic()
    for i in 0..<count { _ = try registry.register(model: "model", run: run.id, weights: "w\(i)") }
    operations = count
case "search":
    let filter = try FilterExpression(arguments[2]), order = [try OrderTerm(arguments[3])]
    // Whole runs, as the other side gives them: with parameters, latest metrics and tags.
    func wholeRuns() throws -> Int {
        let contents = try registry.contents(of: try registry.search(filter, order: order, limit: 100).map(\.id))
        return contents.count { !$0.parameters.isEmpty && !$0.metrics.isEmpty }
    }
    extra = try wholeRuns()
    var times: [Int64] = []
    for _ in 0..<count {
        let before = Clock.monotonic()
        extra = try wholeRuns()
        times.append(Clock.monotonic() - before)
    }
    // The median, as on the other side.
    (operations, start) = (1, Clock.monotonic() - times.sorted()[count / 2])
default:
    // Many runs, a thousand to a transaction, each with `count` values of five metrics.
    start = Clock.monotonic()
    for i in 0..<(Int(arguments[2]) ?? 0) {
        let run = record("run-\(i)", at: Int64(i) * 1_000_000)
        try registry.start(run, parameters: (0..<5).map { ("p\($0)", "\(i % ($0 + 2))") })
        try registry.log(
            (0..<count).map { MetricValue("m\($0 % 5)", step: $0 / 5, Double((i * 7919 + $0) % 1000) / 1000) },
            run: run.id)
        operations += count
    }
}
let seconds = Double(Clock.monotonic() - start) * 1e-9
print(
    JSONValue.map(["operations": .int(operations), "seconds": .double(seconds), "found": .int(extra)]).text(.compact))
