import Basics
import Features
import Testing

@Suite struct LabelKindTests {
    static func label(_ text: String) throws -> LabelSpec { try LabelSpec(JSONParser.parse(text), path: "label") }

    @Test("the table has every name once, and says what each is")
    func table() {
        #expect(LabelKind.kinds.duplicates.isEmpty && LabelKind.kinds.entries.allSatisfy { !$0.summary.isEmpty })
        #expect(
            LabelKind.kinds.names == [
                "profit", "return", "smoothed-future", "smoothed-both", "tlob", "triple-barrier", "given",
            ])
        #expect(LabelKind.profit.classes == nil && LabelKind.forwardReturn.classes == nil)
        #expect(LabelKind.kinds.entries.dropFirst(2).allSatisfy { $0.value.classes == ["down", "stationary", "up"] })
    }

    @Test(
        "a spec reads its own JSON back",
        arguments: [
            #"{"kind": "profit", "horizon": 3, "costBps": 2.5}"#, #"{"kind": "return"}"#,
            #"{"kind": "smoothed-future", "horizon": 5, "threshold": 0.001}"#,
            #"{"kind": "smoothed-both", "horizon": 5, "threshold": "half-mean"}"#,
            #"{"kind": "tlob", "horizon": 9, "smoothing": 4, "threshold": "spread"}"#,
            #"{"kind": "tlob", "horizon": 9}"#,
            #"{"kind": "triple-barrier", "horizon": 9, "barrierBps": 12}"#, #"{"kind": "given", "horizon": 2}"#,
        ])
    func roundTrip(text: String) throws {
        let spec = try LabelKindTests.label(text)
        #expect(try LabelSpec(spec.json, path: "label") == spec)
    }

    @Test("documents keep their keys and order")
    func documents() throws {
        func json(_ text: String) throws -> String { try LabelKindTests.label(text).json.text(.compact) }
        #expect(try json(#"{"kind": "profit"}"#) == #"{"kind":"profit","horizon":1,"costBps":0.0}"#)
        #expect(
            try json(#"{"kind": "tlob", "horizon": 4}"#)
                == #"{"kind":"tlob","horizon":4,"costBps":0.0,"threshold":"balanced","smoothing":4}"#)
        #expect(
            try json(#"{"kind": "triple-barrier", "barrierBps": 2}"#)
                == #"{"kind":"triple-barrier","horizon":1,"costBps":0.0,"barrierBps":2.0}"#)
    }

    @Test(
        "mistakes name the key",
        arguments: [
            (#"{"kind": "tripel-barrier"}"#, "unknown label 'tripel-barrier'", "did you mean 'triple-barrier'?"),
            (#"{"kind": "triple-barrier"}"#, "'label.barrierBps'", nil),
            (#"{"kind": "triple-barrier", "barrierBps": 0}"#, "'label.barrierBps'", nil),
            (#"{"kind": "profit", "horizon": 0}"#, "'label.horizon'", nil),
            (#"{"kind": "profit", "horizon": 10001}"#, "'label.horizon'", nil),
            (#"{"kind": "profit", "costBps": -1}"#, "'label.costBps'", nil), (#"{}"#, "'label.kind'", nil),
            (#"{"kind": "tlob", "horizon": 4, "smoothing": 5}"#, "'label.smoothing'", nil),
            (#"{"kind": "tlob", "threshold": "half"}"#, "expected half-mean, spread, balanced or a fraction", nil),
            (#"{"kind": "tlob", "threshold": -0.1}"#, "expected half-mean", nil),
            (#"{"kind": "tlob", "smoothin": 1}"#, "unknown key 'label.smoothin'", "did you mean 'smoothing'?"),
        ] as [(String, String, String?)])
    func mistakes(text: String, problem: String, hint: String?) {
        let error = #expect(throws: ConfigError.self) { try LabelKindTests.label(text) }
        #expect(error?.problem.contains(problem) == true, "\(error?.problem ?? "")")
        if let hint { #expect(error?.hint == hint) }
    }

    @Test("targets at and around the limits")
    func targets() {
        let profit = LabelSpec(kind: .profit, horizon: 1, costBps: 5)
        #expect(profit.target(0.0005) == 0 && profit.target(0.00051) == 1 && profit.target(-0.01) == 0)
        let basisPoints = LabelSpec(kind: .forwardReturn, horizon: 1, costBps: 5)
        #expect(basisPoints.target(0.0025) == 25 && basisPoints.target(-0.5) == -5000)
        var direction = LabelSpec(kind: .smoothedFuture, horizon: 1, costBps: 0)
        direction.threshold = .fixed(0.25)
        #expect(direction.target(0.25) == 1 && direction.target(0.26) == 2)
        #expect(direction.target(-0.25) == 1 && direction.target(-0.26) == 0)
        direction.threshold = .balanced
        #expect(direction.target(1e-9) == 2 && direction.target(0) == 1 && direction.target(-1e-9) == 0)
        // Given directions are −1, 0 and 1 against the threshold of one half.
        let given = LabelSpec(kind: .given, horizon: 1, costBps: 0)
        #expect([-1, 0, 1].map { given.target($0) } == [0, 1, 2])
    }

    @Test("a threshold that is stated stays, and no sample gives no division by zero")
    func thresholds() {
        var label = LabelSpec(kind: .tlob, horizon: 1, costBps: 0)
        label.threshold = .fixed(0.1)
        #expect(label.resolved(moves: [1, 2], spreadsBps: [5]) == label)
        for threshold in [LabelSpec.Threshold.halfMean, .spread, .balanced] {
            label.threshold = threshold
            #expect(label.resolved(moves: [], spreadsBps: []).threshold == .fixed(0))
        }
        label.threshold = .balanced
        // Of seven sizes the third smallest: index (7 − 1) / 3 = 2.
        #expect(label.resolved(moves: [7, -1, 5, -2, 4, 3, 6], spreadsBps: []).threshold == .fixed(3))
    }
}

@Suite struct BookLabelStreamTests {
    @Test("returns and spreads, worked by hand, and nothing before the horizon is over")
    func outcomes() {
        var stream = BookLabelStream(LabelSpec(kind: .smoothedFuture, horizon: 2, costBps: 0))
        #expect(stream.push(mid: 100, spread: 1) == nil && stream.push(mid: 110, spread: 2) == nil)
        let first = stream.push(mid: 121, spread: 4)
        // Mean of 110 and 121 against 100; 121 against 110; half of 2/110 and 4/121.
        #expect(abs((first?.move ?? 0) - 0.155) < 1e-12 && abs((first?.forwardReturn ?? 0) - 0.1) < 1e-12)
        #expect(abs((first?.spreadBps ?? 0) - (2 / 110.0 + 4 / 121.0) / 2 * 10_000) < 1e-9)
        // A new segment knows nothing of the old one.
        stream.reset()
        #expect(stream.push(mid: 1, spread: 1) == nil && stream.push(mid: 0, spread: 1) == nil)
        let second = stream.push(mid: 2, spread: 1)
        #expect(second?.move == 0 && second?.forwardReturn.isNaN == true)
    }

    @Test("labels that look back have no move where the past is too short")
    func past() {
        var both = BookLabelStream(LabelSpec(kind: .smoothedBoth, horizon: 3, costBps: 0))
        let moves = (1...9).map { both.push(mid: Double($0), spread: 0)?.move }
        #expect(moves[..<3] == [nil, nil, nil] && moves[3]?.isNaN == true && moves[4]?.isNaN == true)
        // t = 2: the mean of 4, 5, 6 against the mean of 1, 2, 3.
        #expect(moves[5] == (5.0 - 2) / 2 && moves[8] == (8.0 - 5) / 5)
        var label = LabelSpec(kind: .tlob, horizon: 3, costBps: 0)
        label.smoothing = 2
        var tlob = BookLabelStream(label)
        let smoothed = (1...6).map { tlob.push(mid: Double($0), spread: 0)?.move }
        #expect(smoothed[3]?.isNaN == true && smoothed[4] == (4.5 - 1.5) / 1.5 && smoothed[5] == (5.5 - 2.5) / 2.5)
    }

    @Test("a barrier that is just met counts, on both sides")
    func barriers() {
        func outcome(_ mids: [Double]) -> Double? {
            var label = LabelSpec(kind: .tripleBarrier, horizon: mids.count - 1, costBps: 0)
            label.barrierBps = 100
            var stream = BookLabelStream(label), last: Double?
            for mid in mids { last = stream.push(mid: mid, spread: 0)?.move }
            return last
        }
        #expect(outcome([100, 100, 101]) == 1 && outcome([100, 99]) == -1 && outcome([100, 100.99, 99.01]) == 0)
        #expect(outcome([100, 101, 99]) == 1 && outcome([100, 99, 101]) == -1)
    }
}
