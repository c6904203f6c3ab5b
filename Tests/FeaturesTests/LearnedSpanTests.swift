import Basics
import Features
import Testing

/// Stretches that were learned from, and what meets them.
@Suite struct LearnedSpanTests {
    private func piece(_ intervals: [(Int64, Int64)], by learner: String = "a") -> LearnedSpan.Piece {
        LearnedSpan.Piece(
            learner: learner, source: "data", instruments: ["X"],
            intervals: intervals.map { LearnedSpan.Interval(after: $0.0, through: $0.1) })
    }

    @Test("a span reads back from its document, and anything else is none")
    func document() throws {
        let span = LearnedSpan(pieces: [piece([(0, 5), (9, 12)])], unknown: ["weights of a file"])
        #expect(LearnedSpan(span.json) == span && !span.isKnown)
        #expect(LearnedSpan(try JSONParser.parse(span.json.text(.pretty))) == span)
        for text in [
            "{}", "[]", #"{"pieces": [], "unknown": 1}"#, #"{"pieces": [{}], "unknown": []}"#,
            #"{"pieces": [{"learner": "a", "source": "", "instruments": [], "intervals": [[3, 1]]}], "unknown": []}"#,
        ] { #expect(LearnedSpan(try JSONParser.parse(text)) == nil, "\(text)") }
    }

    @Test("the digest is of what was seen, whoever saw it and in which order")
    func digest() {
        let a = LearnedSpan(pieces: [piece([(0, 5)]), piece([(9, 12)])]),
            b = LearnedSpan(pieces: [piece([(9, 12)], by: "b"), piece([(0, 5)], by: "b")])
        #expect(a.digest == b.digest)
        #expect(a.digest != LearnedSpan(pieces: [piece([(0, 6)]), piece([(9, 12)])]).digest)
        #expect(a.digest != LearnedSpan(pieces: a.pieces, unknown: ["x"]).digest)
    }

    @Test("a union has the pieces and the unknown of both, each once")
    func union() {
        let a = LearnedSpan(pieces: [piece([(0, 5)])], unknown: ["x"]),
            b = LearnedSpan(pieces: [piece([(0, 5)]), piece([(9, 12)], by: "b")], unknown: ["x", "y"])
        #expect(a.union(b).pieces.count == 2 && a.union(b).unknown == ["x", "y"])
        #expect(a.union(LearnedSpan()) == a)
    }

    @Test("labels ask the same where all keys do; a threshold that training found stands for its rule")
    func labels() throws {
        func label(_ text: String) throws -> LabelSpec { try LabelSpec(try JSONParser.parse(text), path: "label") }
        let one = try label(#"{"kind": "profit", "horizon": 1, "costBps": 2}"#)
        #expect(one.asksTheSame(as: one) && one.digest == one.digest)
        for other in [
            #"{"kind": "profit", "horizon": 6, "costBps": 2}"#, #"{"kind": "profit", "horizon": 1, "costBps": 1}"#,
            #"{"kind": "return", "horizon": 1}"#,
        ] { #expect(try !one.asksTheSame(as: label(other)) && one.digest != label(other).digest, "\(other)") }
        let balanced = try label(#"{"kind": "smoothed-future", "horizon": 5, "threshold": "balanced"}"#)
        var found = balanced
        found.threshold = .fixed(0.0003)
        #expect(found.asksTheSame(as: balanced) && found.digest != balanced.digest)
        var stated = balanced
        stated.threshold = .fixed(0.0004)
        #expect(!found.asksTheSame(as: stated))
    }
}
