import Basics
import Documents
import HyperparameterSearch

/// Studies made of values: forty trials in all states, over parameters of every kind, with one objective and with two.
enum SampleStudies {
    static func all() throws -> [(String, any Document)] {
        func document(_ directions: [Direction], hasPlots: Bool) throws -> StudyDocument {
            let metrics = ["loss", "earned after costs"].prefix(directions.count)
            return StudyDocument(
                "bars-lstm", try history(directions), metrics: Array(metrics), evidence: nil, hasPlots: hasPlots)
        }
        return [
            ("study-single", try document([.minimize], hasPlots: false)),
            ("study-front", try document([.minimize, .maximize], hasPlots: false)),
            ("study-plots", try document([.minimize], hasPlots: true)),
            ("front-plots", try document([.minimize, .maximize], hasPlots: true)),
        ]
    }

    private static func space() throws -> SearchSpace {
        func range(_ kind: String, _ low: JSONValue, _ high: JSONValue, _ more: [(String, JSONValue)] = []) -> JSONValue
        {
            .map([(kind, .list([low, high]))] + more)
        }
        let long = "a choice with a name so long that no axis of a terminal has room for all of it"
        return try SearchSpace([
            SearchParameter(
                "training.optimizer.learningRate",
                range("float", .double(0.0001), .double(0.02), [("scale", .string("log"))])),
            SearchParameter("training.optimizer.kind", .map([("choice", .strings(["adam", "adamw"]))])),
            SearchParameter(
                "training.optimizer.weightDecay",
                range(
                    "float", .double(0.00001), .double(0.1),
                    [("when", .map([("training.optimizer.kind", .strings(["adamw"]))]))])),
            SearchParameter("layers.0.hidden", range("int", .int(8), .int(64), [("step", .int(8))])),
            SearchParameter("layers.0.activation", .map([("choice", .strings([long, "relu"]))])),
            SearchParameter("window", .int(12)),
        ])
    }

    private static func history(_ directions: [Direction]) throws -> TrialHistory {
        let space = try space()
        let trials = (0..<40).map { number -> Trial in
            // The fractional parts of multiples of irrational numbers fill the space evenly.
            let units = [0.618, 0.4142, 0.7321, 0.2361, 0.6458, 0.3166].map {
                (Double(number) * $0).truncatingRemainder(dividingBy: 1)
            }
            let point = space.completed(space.point(units: units))
            let loss = -1_234_567.25 * (1 - units[0] * units[0] + units[3] / 10)
            let reports = (1...3).map { Trial.Report(step: $0, value: loss / Double($0)) }
            switch number {
            case 39: return Trial(number: number)
            case 38: return Trial(number: number, state: .failed, point: point, retryOf: 3)
            case _ where number % 5 == 4: return Trial(number: number, state: .pruned, point: point, reports: reports)
            default:
                let values = [loss, units[1] - units[0]].prefix(directions.count)
                return Trial(number: number, state: .complete, point: point, values: Array(values), reports: reports)
            }
        }
        return TrialHistory(space: space, directions: directions, trials: trials)
    }
}
