// What acting and learning cost: steps per second of environments alone, with a policy, and of whole training. JSON on
// standard output.
import Basics
import Foundation
import NeuralNetworks
import ReinforcementLearning

func seconds(_ body: () throws -> Void) rethrows -> Double {
    let started = Clock.monotonic()
    try body()
    return Double(Clock.monotonic() - started) * 1e-9
}

func layers(_ units: Int) -> [JSONValue] {
    [.map([("layer", .string("dense")), ("units", .int(units))]), .map([("layer", .string("tanh"))])]
}

var rows: [JSONValue] = []
for kind in ["cartpole", "momentum-chain", "market-making", "garleanu-pedersen"] {
    let factory = try EnvironmentFactory(.string(kind)), environment = try factory.make(), steps = 2_000_000
    var observation = [Float](repeating: 0, count: environment.observationCount), action: [Float] = [0, 0],
        random = SeededRandom(seed: 1)
    environment.reset(seed: 1, observation: &observation)
    let alone = seconds {
        for _ in 0..<steps {
            if case .discrete(let count) = environment.actions { action[0] = Float(random.index(below: count)) }
            if environment.step(&action, observation: &observation).ending != .none {
                environment.reset(seed: random.next(), observation: &observation)
            }
        }
    }
    var row: [(String, JSONValue)] = [
        ("environment", .string(kind)), ("stepsPerSecond", .double((Double(steps) / alone).rounded())),
    ]
    for threads in [1, 2] {
        var options = PPO.Options()
        options.environments = 8
        let agent = try PPO(
            environments: factory.make, shape: factory.shape, body: layers(64) + layers(64), options: options,
            training: TrainingConfig(), threads: threads)
        let evaluated = try seconds {
            _ = try PolicyEvaluation.run(
                agent.policy, episodes: 2_000, seed: 1, threads: threads, environment: { try factory.make() })
        }
        let lengths = try PolicyEvaluation.run(
            agent.policy, episodes: 2_000, seed: 1, threads: threads, environment: { try factory.make() })
        let played = kind == "cartpole" ? lengths.returns.reduce(0, +) : Double(2_000 * environment.longestEpisode)
        row.append(("withPolicy\(threads)", .double((played / evaluated).rounded())))
    }
    rows.append(.map(row))
}
print(JSONValue.map(["schemaVersion": .int(1), "environments": .list(rows)]).text(.pretty))
