import Basics
import Deployment
import Testing

/// What a host dated by a clock that was ahead, once root keys have said so.
@Suite struct DisownedTimeTests {
    /// Version 2 in force at 20, rolled back to version 1 at a time.
    private static func history(back time: Nanoseconds, disowned: DisownedTime?) -> RevisionHistory {
        func revision(_ counter: Int, _ version: Int, _ time: Nanoseconds) -> RevisionHistory.Revision {
            RevisionHistory.Revision(
                counter: counter, action: counter == 3 ? .rollback : .promote, bundle: "b\(counter)",
                manifest: "m\(version)", weights: "w\(version)", strategy: "s", share: 1, time: time)
        }
        var history = RevisionHistory([revision(1, 1, 10), revision(2, 2, 20), revision(3, 1, time)])
        history.disowned = disowned
        return history
    }

    @Test("a rollback by a clock that was ahead was before it was disowned; one of a later number at its own time")
    func takenBack() {
        func back(_ time: Nanoseconds, _ counter: Int) -> Nanoseconds? {
            let span = DisownedTime(from: 100, to: 5000, counter: counter, act: 0)
            return Self.history(back: time, disowned: span).takenBack(weights: "w2", strategy: "s")
        }
        #expect(Self.history(back: 5000, disowned: nil).takenBack(weights: "w2", strategy: "s") == 5000)
        #expect(back(5000, 3) == 100 && back(101, 3) == 100, "as far as it was disowned")
        #expect(back(5001, 3) == 5001 && back(100, 3) == 100 && back(30, 3) == 30, "outside of it")
        #expect(back(200, 2) == 200, "the day came in earnest")
    }

    @Test("receipts count again from the numbers on that were not signed when the time was disowned")
    func receipts() {
        let span = DisownedTime(from: 100, to: 5000, counter: 3, act: 1)
        func covers(_ outcome: Receipt.Outcome, _ time: Nanoseconds, _ counter: Int? = nil, act: Int? = nil) -> Bool {
            span.covers(
                Receipt(
                    environment: "test", outcome: outcome, bundle: "b", counter: counter, time: time, act: act))
        }
        #expect(covers(.installed, 200, 3) && !covers(.installed, 200, 4) && !covers(.installed, 6000, 3))
        #expect(covers(.refused, 200) && covers(.withdrawn, 200, 2) && !covers(.refused, 100))
        #expect(covers(.halted, 200, 9, act: 1) && !covers(.resumed, 200, 1, act: 2) && covers(.halted, 200, 9))
    }

    @Test("what was disowned reads back, in the memory of the clock and in that of revisions")
    func stored() throws {
        let span = DisownedTime(from: 100, to: 5000, counter: 3, act: 1)
        let memory = ClockMemory(seen: 7, disowned: span), history = Self.history(back: 30, disowned: span)
        #expect(try ClockMemory(memory.json) == memory)
        #expect(try RevisionHistory(history.json) == history)
        #expect(try RevisionHistory(Self.history(back: 30, disowned: nil).json).disowned == nil)
        let later = DisownedTime(from: 200, to: 300, counter: 4, act: 1)
        #expect(DisownedTime.later(span, later) == later && DisownedTime.later(later, span) == later)
        #expect(DisownedTime.later(nil, span) == span && DisownedTime.later(nil, nil) == nil)
        var node = memory.json
        node[key: "disowned"] = .map(["fromNs": .int(-1), "toNs": .int(5), "counter": .int(1), "act": .int(0)])
        #expect(throws: ConfigError.self) { try ClockMemory(node) }
    }
}
