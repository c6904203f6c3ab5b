import Basics
import Deployment
import Testing

@Suite struct RevisionHistoryTests {
    private static let hour: Nanoseconds = 3_600_000_000_000

    /// `p1` promotes version 1, `r1` rolls back to it, `c1` is its canary; counters from 1 on, an hour between two.
    private static func history(_ steps: String) -> RevisionHistory {
        RevisionHistory(
            steps.split(separator: " ").enumerated().map { index, step in
                let version = String(step.dropFirst()), isCanary = step.first == "c"
                return RevisionHistory.Revision(
                    counter: index + 1, action: step.first == "r" ? .rollback : .promote, bundle: "b\(index + 1)",
                    manifest: isCanary ? "m\(version)c" : "m\(version)", weights: "w\(version)", strategy: "s",
                    share: isCanary ? 0.25 : 1, time: Int64(index) * hour)
            })
    }

    private static func target(_ steps: String, to counter: Int? = nil) throws -> String? {
        do { return try history(steps).rollbackTarget(to: counter).manifest } catch let error as Failure {
            return error.code
        }
    }

    @Test(
        "a rollback goes to the last different version, and a second one further back, never to what was bad",
        arguments: [
            ("", "rollback.none"), ("p1", "rollback.none"), ("p1 p2", "m1"), ("p1 p2 p3", "m2"),
            ("p1 p2 p3 r2", "m1"), ("p1 p2 p3 r2 r1", "rollback.none"), ("p1 p2 p2", "m1"),
            ("p1 p2 p2 r1", "rollback.none"),
            ("p1 p2 p3 r2 p4", "m2"), ("p1 p2 p1", "m2"), ("p1 p2 p1 r2", "m1"), ("p1 p1 p1", "rollback.none"),
            // A canary of what is in force is no other version; a canary that is rolled back is gone.
            ("p1 c2 p2", "m1"), ("p1 c2", "m1"), ("p1 c2 r1 p3", "m1"), ("c1 p1", "rollback.none"),
        ])
    func rollBack(steps: String, expected: String) throws {
        #expect(try Self.target(steps) == expected)
    }

    @Test("a revision before can be named; what a rollback has left, what is in force and what never was cannot")
    func named() throws {
        #expect(try Self.target("p1 p2 p3 r2", to: 3) == "rollback.unknown")
        #expect(try Self.target("p1 p2 p3 r2", to: 1) == "m1")
        #expect(try Self.target("p1 p2 p3", to: 1) == "m1")
        #expect(try Self.target("p1 p2 p3", to: 3) == "rollback.unknown")
        #expect(try Self.target("p1 p2 p2", to: 2) == "rollback.unknown")
        #expect(try Self.target("p1 p2", to: 7) == "rollback.unknown")
        #expect(try Self.target("", to: 1) == "rollback.none")
    }

    @Test("a canary counts when its weights and strategy were in force long enough without a break")
    func canaries() throws {
        func hasPassed(_ steps: String, hours: Double, after: Int64 = 1) throws -> Bool {
            let history = Self.history(steps)
            let now = (history.revisions.last?.time ?? 0) + after * Self.hour
            return history.hasPassed(
                EnvironmentAuthority.Canary(hours: hours, share: 0.3), weights: "w2", strategy: "s", at: now)
        }
        #expect(try hasPassed("p1 c2", hours: 1) && !hasPassed("p1 c2", hours: 1.01))
        #expect(try hasPassed("p1 c2", hours: 5, after: 5))
        // Twice an hour is two hours without a break, but not with another version in between.
        #expect(try hasPassed("c2 c2", hours: 2) && !hasPassed("c2 p1 c2", hours: 2))
        #expect(try hasPassed("c2 p1", hours: 1) && !hasPassed("c2 p1", hours: 1.5))
        // All instruments are no canary, and another version's canary is not this one's.
        #expect(try !hasPassed("p2", hours: 0.5) && !hasPassed("c1 c3", hours: 0.5))
        // A clock that was set back proves nothing.
        #expect(try !hasPassed("c2", hours: 0.001, after: -5))
    }

    @Test("a halt begins the hours of a canary anew: they count only while it trades")
    func haltedCanaries() throws {
        func hasPassed(_ halts: [(Double, Double?)], hours: Double, steps: String = "p1 c2") -> Bool {
            var history = Self.history(steps)
            func time(_ hours: Double) -> Nanoseconds { Int64(hours * Double(Self.hour)) }
            history.halts = halts.map { RevisionHistory.Halt(from: time($0.0), to: $0.1.map(time)) }
            // Ten hours after the canary began at the first.
            return history.hasPassed(
                EnvironmentAuthority.Canary(hours: hours, share: 0.3), weights: "w2", strategy: "s", at: time(11))
        }
        #expect(hasPassed([], hours: 10))
        #expect(hasPassed([(0, 0.5)], hours: 10), "a halt of before says nothing")
        #expect(!hasPassed([(0, nil)], hours: 0.001) && !hasPassed([(1, nil)], hours: 0.001))
        #expect(hasPassed([(0, 3)], hours: 8) && !hasPassed([(0, 3)], hours: 8.01))
        #expect(hasPassed([(4, nil)], hours: 3) && !hasPassed([(4, nil)], hours: 3.01))
        #expect(hasPassed([(4, 6)], hours: 5) && !hasPassed([(4, 6)], hours: 5.01), "eight hours, but in two parts")
        #expect(!hasPassed([(1, 4), (5, 8), (8, 10)], hours: 1.01))
        // A halt that lasts over a second order for the same.
        #expect(hasPassed([(1.5, 3)], hours: 8, steps: "p1 c2 c2"))
        #expect(!hasPassed([(1.5, nil)], hours: 0.6, steps: "p1 c2 c2"))
        // It stays with the history.
        var history = Self.history("p1")
        history.halts = [RevisionHistory.Halt(from: 1)]
        history.append(Self.history("p1 c2").revisions[1])
        #expect(history.halts.count == 1 && history.lastCounter == 2)
    }

    @Test("a host's memory of halts reads back, keeps a bounded number, and loses no halted moment by it")
    func haltMemory() throws {
        var memory = HaltMemory()
        memory.resume(at: 5)
        #expect(memory.halts.isEmpty && !memory.isHalted)
        for index in 0..<Int64(HaltMemory.most + 3) {
            memory.halt(at: index * 10)
            memory.halt(at: index * 10 + 1)
            memory.resume(at: index * 10 + 5)
        }
        #expect(memory.halts.count == HaltMemory.most)
        #expect(
            memory.halts.first == RevisionHistory.Halt(from: 0, to: 35), "joined, what lay between counts as halted")
        memory.halt(at: 100_000)
        #expect(memory.isHalted && memory.halts.last?.to == nil)
        #expect(try HaltMemory(memory.json) == memory)
        memory.resume(at: 7)
        #expect(memory.halts.last == RevisionHistory.Halt(from: 100_000, to: 100_000), "a clock that was set back")
        for text in [
            #"{"schemaVersion": 1, "halts": [{"fromNs": 1, "toNs": null}, {"fromNs": 2}]}"#,
            #"{"schemaVersion": 1, "halts": [{"fromNs": 3, "toNs": 4}, {"fromNs": 2}]}"#, #"{"halts": 3}"#,
        ] {
            #expect(throws: ConfigError.self, "\(text)") { try HaltMemory(try JSONParser.parse(text)) }
        }
    }

    @Test("a halt from before earlier ones takes them in: what is kept is in order, and reads back")
    func earlierHalt() throws {
        var memory = HaltMemory()
        for time: Nanoseconds in [100, 300, 500] {
            memory.halt(at: time)
            memory.resume(at: time + 50)
        }
        // A clock that was set back, or a halt file that was moved away and back with its old time.
        memory.halt(at: 250)
        #expect(memory.halts == [RevisionHistory.Halt(from: 100, to: 150), RevisionHistory.Halt(from: 250)])
        #expect(try HaltMemory(memory.json) == memory)
        memory.resume(at: 600)
        memory.halt(at: -7)
        #expect(memory.halts == [RevisionHistory.Halt(from: 0)])
        #expect(try HaltMemory(memory.json) == memory)
    }

    @Test("what is stored reads back; revisions that do not end at the counter, or repeat one, are damage")
    func stored() throws {
        let history = Self.history("p1 c2 p2 r1")
        #expect(
            try RevisionHistory(history.json) == history && RevisionHistory(RevisionHistory().json).lastCounter == 0)
        var cut = history.json
        cut[key: "counter"] = .int(3)
        #expect(throws: ConfigError.self) { try RevisionHistory(cut) }
        var twice = Self.history("p1 p2").json
        twice[key: "revisions"] = .list(
            (twice[key: "revisions"]?.listValue ?? []) + (twice[key: "revisions"]?.listValue ?? []))
        #expect(throws: ConfigError.self) { try RevisionHistory(twice) }
    }
}
