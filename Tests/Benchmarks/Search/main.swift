// Samplers on test functions: prints one JSON line per run with the best value, and one per sampler with the time a
// trial costs.
//
//     search-benchmark [--seeds 20] [--trials 100] [--only FUNCTION] [--sampler NAME] [--storage DIRECTORY]
//
// With a directory, trials are kept in a registry there, as `hftml search` keeps them.
import Basics
import Foundation
import HyperparameterSearch
import Registry
import Workflows

struct Function {
    let name: String
    let bounds: [(Double, Double)]
    let value: ([Double]) -> Double
}

/// Hartmann's six-dimensional function; minimum −3.32237.
func hartmann(_ x: [Double]) -> Double {
    let alpha = [1.0, 1.2, 3.0, 3.2]
    let a: [[Double]] = [
        [10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14],
    ]
    let p: [[Double]] = [
        [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886], [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
        [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650],
        [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
    ]
    var sum = 0.0
    for i in 0..<4 {
        var exponent = 0.0
        for j in 0..<6 {
            let d = x[j] - p[i][j]
            exponent += a[i][j] * d * d
        }
        sum += alpha[i] * exp(-exponent)
    }
    return -sum
}

/// Ackley's function; its minimum 0 at the origin lies off the middle of the box, where some samplers start.
func ackley(_ x: [Double]) -> Double {
    let n = Double(x.count)
    var squares = 0.0, waves = 0.0
    for value in x {
        squares += value * value
        waves += cos(2 * Double.pi * value)
    }
    let decay: Double = 20 * exp(-0.2 * (squares / n).squareRoot())
    return 20 + M_E - decay - exp(waves / n)
}

let functions = [
    Function(name: "branin", bounds: [(-5, 10), (0, 15)]) { x in
        let pi = Double.pi
        let a: Double = x[1] - 5.1 / (4 * pi * pi) * x[0] * x[0] + 5 / pi * x[0] - 6
        return a * a + 10 * (1 - 1 / (8 * pi)) * cos(x[0]) + 10
    },
    Function(name: "hartmann6", bounds: Array(repeating: (0, 1), count: 6), value: hartmann),
    Function(name: "rosenbrock5", bounds: Array(repeating: (-2, 2), count: 5)) { x in
        var sum = 0.0
        for i in 0..<4 {
            let curve = x[i + 1] - x[i] * x[i], slope = 1 - x[i]
            sum += 100 * curve * curve + slope * slope
        }
        return sum
    },
    Function(name: "ackley10", bounds: Array(repeating: (-20, 35), count: 10), value: ackley),
]

var options: [String: String] = [:]
var arguments = CommandLine.arguments.dropFirst()
while let key = arguments.popFirst(), let value = arguments.popFirst() { options[key] = value }
let seeds = Int(options["--seeds"] ?? "20") ?? 20, trials = Int(options["--trials"] ?? "100") ?? 100
let samplers = options["--sampler"].map { [$0] } ?? ["random", "halton", "tpe", "cmaes", "gp"]

for function in functions where options["--only"] == nil || options["--only"] == function.name {
    let space = try SearchSpace(
        function.bounds.enumerated().map {
            SearchParameter("x\($0.offset)", .float(low: $0.element.0, high: $0.element.1, isLog: false, step: nil))
        })
    for sampler in samplers {
        var best: [Double] = [], seconds = 0.0
        for seed in 0..<seeds {
            let registry = try options["--storage"].map {
                try RegistryDatabase("\($0)/registry.sqlite", actor: "tests")
            }
            let name = "\(function.name) \(sampler) \(seed)"
            _ = try registry?.openStudy(name, experiment: "benchmark", definition: "{}")
            let storage: any StudyStorage =
                registry.map { RegistryStudyStorage($0, study: name, space: space) } ?? MemoryStudyStorage()
            let study = Study(space: space, sampler: try Samplers.make(sampler, seed: UInt64(seed)), storage: storage)
            let started = Clock.monotonic()
            while let trial = try study.ask(limit: trials) {
                try study.tell(trial, values: [function.value(trial.point)])
            }
            seconds += Double(Clock.monotonic() - started) * 1e-9
            best.append(try study.history().best?.values[0] ?? .nan)
        }
        print(
            JSONValue.map([
                "function": .string(function.name), "sampler": .string(sampler), "trials": .int(trials),
                "best": .doubles(best),
                "microsecondsPerTrial": .double(seconds / Double(seeds * trials) * 1e6),
            ]).text(.compact))
    }
}
