import Basics
import Features
import MarketData
import Testing

@Suite struct SplitKindTests {
    static func split(_ text: String) throws -> SplitSpec { try SplitSpec(JSONParser.parse(text), path: "split") }

    @Test("the table has every name once, and says what each does")
    func table() {
        #expect(SplitKind.kinds.duplicates.isEmpty && SplitKind.kinds.entries.allSatisfy { !$0.summary.isEmpty })
        #expect(SplitKind.kinds.names == ["time", "walk-forward", "purged-k-fold", "times"])
    }

    @Test("time and walk-forward, worked by hand on 12 times with a horizon of 2")
    func byHand() {
        let time = SplitSpec(kind: .time, test: 0.25).positions(count: 12, horizon: 2)
        // The last three are tested; a label of 7 would reach the first of them.
        #expect(time.test == 9..<12 && time.training == Array(0...6))
        let folds = (0..<3).map {
            SplitSpec(kind: .walkForward, folds: 3, fold: $0).positions(count: 12, horizon: 2)
        }
        #expect(folds.map(\.test) == [3..<6, 6..<9, 9..<12])
        #expect(folds.map(\.training) == [[0], Array(0...3), Array(0...6)])
    }

    @Test(
        "a spec reads its own JSON back",
        arguments: [
            #"{}"#, #"{"kind": "time", "test": 0.3, "validation": 0.1}"#,
            #"{"kind": "walk-forward", "folds": 7, "fold": 6}"#,
            #"{"kind": "purged-k-fold", "folds": 2, "fold": 1, "embargo": 5}"#,
            #"{"kind": "times", "validationFrom": "2012-06-21T12:30:00", "testFrom": "2012-06-21T12:45:00"}"#,
        ])
    func roundTrip(text: String) throws {
        let spec = try SplitKindTests.split(text)
        #expect(try SplitSpec(spec.json, path: "split") == spec)
        #expect((spec.json[key: "testFrom"] == nil) == (spec.kind != .times))
    }

    @Test(
        "mistakes name the key",
        arguments: [
            (#"{"kind": "walk-foward"}"#, "unknown split 'walk-foward'", "did you mean 'walk-forward'?"),
            (#"{"folds": 5, "fold": 5}"#, "found fold 5 of 5, expected 0 to 4", nil),
            (#"{"folds": 1}"#, "'split.folds'", nil), (#"{"test": 0.95}"#, "'split.test'", nil),
            (#"{"validation": 0}"#, "'split.validation'", nil), (#"{"embargo": -1}"#, "'split.embargo'", nil),
            (#"{"kind": "times", "testFrom": "2012-06-21T12:45"}"#, "'split.validationFrom'", nil),
            (
                #"{"kind": "times", "validationFrom": "noon", "testFrom": "2012-06-21T12:45"}"#,
                "found 'noon' for 'split.validationFrom', expected a time such as", nil
            ),
        ] as [(String, String, String?)])
    func mistakes(text: String, problem: String, hint: String?) {
        let error = #expect(throws: ConfigError.self) { try SplitKindTests.split(text) }
        #expect(error?.problem.contains(problem) == true, "\(error?.problem ?? "")")
        if let hint { #expect(error?.hint == hint) }
    }

    @Test("cuts are wall-clock times of the exchange, and the test span comes last")
    func cuts() throws {
        var spec = SplitSpec(kind: .times)
        (spec.validationFrom, spec.testFrom) = ("2012-06-21T12:30:00", "2012-06-21T12:45:00")
        let cuts = try spec.cuts(zone: "America/New_York")
        #expect(
            TimeText.utc(cuts.validation) == "2012-06-21T16:30:00Z" && cuts.test - cuts.validation == 900_000_000_000)
        spec.testFrom = spec.validationFrom
        #expect(throws: Failure.self) { try spec.cuts(zone: "America/New_York") }
        spec.testFrom = "later"
        #expect(throws: Failure.self) { try spec.cuts(zone: "America/New_York") }
    }

    @Test("combinatorial splits refuse what leaves nothing to learn from, and too many models")
    func combinatorial() throws {
        func splits(_ count: Int, _ groups: Int, _ tests: Int) throws -> Int {
            try CombinatorialSplits(count: count, groups: groups, testGroups: tests).splits.count
        }
        #expect(try splits(20, 4, 1) == 4)
        for (count, groups, tests) in [(20, 1, 1), (20, 4, 0), (20, 4, 4), (3, 4, 1)] {
            #expect(throws: Failure.self) { try splits(count, groups, tests) }
        }
        #expect(try splits(4, 4, 1) == 4)
        // C(14, 4) = 1001 models are one too many; C(45, 2) = 990 are not.
        #expect(throws: Failure.self) { try splits(1000, 14, 4) }
        #expect(try splits(450, 45, 2) == 990)
    }
}
