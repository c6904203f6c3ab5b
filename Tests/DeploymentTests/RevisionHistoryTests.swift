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

    /// `?` in the place of a step is a hole.
    private static func holed(_ steps: String) -> RevisionHistory {
        let words = steps.split(separator: " ")
        let holes = words.indices.filter { words[$0] == "?" }.map { $0 + 1 }
        let whole = history(words.map { $0 == "?" ? "p0" : String($0) }.joined(separator: " "))
        var made = RevisionHistory(whole.revisions.filter { !holes.contains($0.counter) })
        made.unknown = holes.map { $0...$0 }
        return made
    }

    @Test(
        "a rollback that names no revision crosses no hole; one that names a version from before it does",
        arguments: [
            ("p1 p2 ? p4", "rollback.hole", "1 2"), ("? p2", "rollback.hole", ""), ("p1 ? p3 p4", "m3", "1 3"),
            // What a rollback over a hole leaves behind its target may be what the hole took out.
            ("p1 p2 ? r1", "rollback.hole", ""), ("p0 p1 p2 ? r1", "rollback.hole", "1"),
            ("p1 p2 ? p4 r2", "rollback.hole", "1"), ("p1 ? p3 p4 r3", "rollback.hole", "1"),
            ("p1 p2 r1 ? p5", "rollback.hole", "1 3"),
            ("p1 ? p1", "rollback.hole", ""), ("p1 ? p3 c3", "rollback.hole", "1 3"), ("", "rollback.none", ""),
        ])
    func holes(steps: String, expected: String, named: String) throws {
        let history = Self.holed(steps)
        func target(_ counter: Int? = nil) -> String? {
            do { return try history.rollbackTarget(to: counter).manifest } catch { return (error as? Failure)?.code }
        }
        #expect(target() == expected)
        #expect((history.holeProblem == nil) == (expected != "rollback.hole"))
        let reached = history.revisions.map(\.counter).filter { target($0)?.hasPrefix("m") == true }
        #expect(reached.map(String.init).joined(separator: " ") == named)
        #expect(try RevisionHistory(history.json).unknown == history.unknown)
    }

    @Test("weights that are not in force since a hole may have been rolled back in it, until what follows it came")
    func takenBackInHole() {
        let history = Self.holed("p1 p2 ? p4")
        func back(_ version: Int) -> Int64? {
            history.takenBack(weights: "w\(version)", strategy: "s").map { $0 / Self.hour }
        }
        #expect(back(1) == 3 && back(2) == 3 && back(7) == 3 && back(4) == nil)
        #expect(Self.history("p1 p2 p4").takenBack(weights: "w1", strategy: "s") == nil)
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

    /// `2:1-3` ran with revision 2 from the first hour to the third; with `!` in front a halt lies before it.
    private static func runs(_ text: String) -> [RevisionHistory.Run] {
        text.split(separator: " ").map { word in
            let numbers = word.split { !$0.isNumber && $0 != "." }.compactMap { Double($0) }
            return RevisionHistory.Run(
                counter: Int(numbers[0]), from: Int64(numbers[1] * Double(hour)),
                to: Int64(numbers[2] * Double(hour)), isNew: word.hasPrefix("!"))
        }
    }

    @Test(
        "a canary's hours are those between bars that its host took, without a break by another version or a halt",
        arguments: [
            ("p1 c2", "2:1-2", 1.0), ("p1 c2", "2:1-2 2:2-6", 5), ("c2 c2", "1:0-1 2:1-2", 2),
            // What lies in force while nothing runs trades nothing; one moment is no time.
            ("p1 c2", "", 0), ("p1 c2", "2:1-1", 0), ("p1 c2", "1:0-5", 0),
            ("c2 p1 c2", "1:0-1 2:1-2 3:2-3.5", 1.5), ("c2 p1", "1:0-1 2:1-9", 1),
            // Two looks far apart are two spans, and what lies between them is none.
            ("p1 c2", "2:1-2 2:5-6", 2), ("p1 c2", "2:1-1 2:25-25", 0),
            // Eight hours, but in two parts.
            ("p1 c2", "2:1-4 !2:6-11", 5), ("c2 c2", "1:0-1 !2:1-2", 1), ("c2 c2", "1:0-0.2 !1:0.5-1 2:4-6", 2.5),
            // All instruments are no canary, and another version's canary is not this one's.
            ("p2", "1:0-9", 0), ("c1 c3", "1:0-9 2:9-18", 0),
            // What was rolled back begins anew, and so does all that was before a rollback.
            ("p1 c2 r1", "2:1-9", 0), ("p1 c2 r1 c2", "2:1-9 4:10-12", 2), ("c2 p3 r1", "1:0-9", 0),
        ])
    func canaries(steps: String, runs: String, hours: Double) throws {
        var history = Self.history(steps)
        history.runs = Self.runs(runs)
        func hasPassed(_ hours: Double) -> Bool {
            history.hasPassed(
                EnvironmentAuthority.Canary(hours: hours, share: 0.3), weights: "w2", strategy: "s",
                at: 99 * Self.hour)
        }
        #expect(hours == 0 || hasPassed(hours))
        #expect(!hasPassed(hours + 0.01))
        // Neither halts nor runs are lost by what comes in force next.
        history.halts = [RevisionHistory.Halt(from: 1)]
        history.append(Self.history("p1 p1 p1 p1 p9").revisions[4])
        #expect(history.halts.count == 1 && history.runs == Self.runs(runs) && history.lastCounter == 5)
    }

    @Test(
        "of a run counts what lies in its revision's own time and before now, and no moment twice",
        arguments: [
            // Before it was put in force, after it was replaced, and in time to come.
            ("p1 c2", "2:0-3", 2.0), ("p1 c2 p3", "2:0-9", 1), ("p1 c2", "2:1-99", 3), ("p1 c2", "2:5-99", 0),
            ("p1 c2", "2:1-3 2:1-3 2:2-4", 3), ("p1 c2", "2:1-3 2:1-2", 2), ("p1 c2", "2:1-2 !2:1-4", 3),
        ])
    func bounded(steps: String, runs: String, hours: Double) {
        var history = Self.history(steps)
        history.runs = Self.runs(runs)
        for (asked, expected) in [(hours, true), (hours + 0.01, false)] where asked > 0 {
            let rule = EnvironmentAuthority.Canary(hours: asked, share: 0.3)
            #expect(
                history.hasPassed(rule, weights: "w2", strategy: "s", at: 4 * Self.hour) == expected, "\(asked) hours")
        }
    }

    @Test("a promotion that was taken back earns a canary nothing, and neither does what was before it")
    func takenBack() {
        func longest(_ isTakenBack: Bool) -> Int64? {
            CanaryHours.longest(
                [
                    CanaryHours.Step(counter: 2, isRollback: false, isTakenBack: isTakenBack, isAsked: true),
                    CanaryHours.Step(counter: 1, isRollback: false, isAsked: true),
                ], runs: Self.runs("1:0-3 2:3-9"), until: .max
            ).map { $0 / Self.hour }
        }
        #expect(longest(false) == 9 && longest(true) == nil)
    }

    @Test("a host's memory of runs reads back, keeps a bounded number, and begins anew after a halt")
    func runMemory() throws {
        var memory = RunMemory(), halts = HaltMemory()
        for time: Int64 in [5, 7, 6] { memory.note(1, at: time, halts: halts) }
        #expect(memory.runs == [RevisionHistory.Run(counter: 1, from: 5, to: 6, isNew: true)], "the clock went back")
        memory.note(1, at: 7, halts: halts)
        var rare = memory
        for time in [RunMemory.longestGap + 7, 2 * RunMemory.longestGap + 8] { rare.note(1, at: time, halts: halts) }
        #expect(rare.runs.map(\.to) == [RunMemory.longestGap + 7, 2 * RunMemory.longestGap + 8])
        #expect(rare.runs[1].from == rare.runs[1].to && !rare.runs[1].isNew, "an hour and a nanosecond is too long")
        var again = memory
        for (time, begins) in [(9 as Int64, true), (11, false)] {
            again.note(1, at: time, halts: halts, begins: begins)
        }
        #expect(again.runs.map(\.from) == [5, 9] && again.runs.map(\.to) == [7, 11], "a loop that was started anew")
        #expect(again.runs.map(\.isNew) == [true, false])
        memory.note(2, at: 8, halts: halts)
        halts.halt(at: 9)
        halts.resume(at: 10)
        memory.note(2, at: 11, halts: halts)
        memory.note(2, at: 12, halts: halts)
        #expect(memory.runs.map(\.isNew) == [true, false, true] && memory.runs.map(\.to) == [7, 8, 12])
        #expect(try RunMemory(memory.json) == memory)
        for counter in 3..<100 { memory.note(counter, at: 20, halts: halts) }
        #expect(memory.runs.count == RunMemory.most && memory.runs.last?.counter == 99)
        for text in [
            #"{"schemaVersion": 1, "halts": "", "runs": [{"counter": 1, "fromNs": 2, "toNs": 1, "new": true}]}"#,
            #"{"schemaVersion": 1, "halts": "", "runs": [{"counter": 0, "fromNs": 1, "toNs": 1, "new": true}]}"#,
        ] {
            #expect(throws: ConfigError.self, "\(text)") { try RunMemory(try JSONParser.parse(text)) }
        }
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
