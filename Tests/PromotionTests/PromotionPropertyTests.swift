import Basics
import Deployment
import Foundation
import ModelBundles
import Promotion
import Registry
import Testing

/// Random lives of an environment: the program allows exactly what a model of the rules allows that knows no digest, no
/// signature and no code of the program.
@Suite struct PromotionPropertyTests {
    /// A verdict as the model remembers it.
    private struct Judged {
        var version: Int, strategy: Int, isPassed: Bool, isWaived: Bool, gate: Int, time: Int, incumbent: Int?
    }

    private struct Said {
        enum Kind { case approval, rejection, waiver }
        var kind: Kind, version: Int, person: Int, time: Int, end: Int
    }

    private struct Running: Equatable {
        var version: Int, strategy: Int, share: Double, document: Int
    }

    /// Times are seconds since the start.
    private struct Model {
        static let day = 86_400
        var now = 0
        var document = 1, documentEnd = 20 * day
        var freeze: Range<Int>?
        var canaryHours: Int?
        var revokedGates: Set<Int> = [], revokedPromoters: Set<Int> = [], revokedPeople: Set<Int> = []
        var judged: [Judged] = []
        var said: [Said] = []
        var running: Running?
        /// What a rollback can lead to, the one in force last.
        var line: [Running] = []
        /// Since when a version and strategy trade a share without a break, and the longest such time that ended.
        var canary: (version: Int, strategy: Int, since: Int)?
        var longest: [Int: Int] = [:]

        enum Answer: Equatable { case standing, yes, no }

        func answer(_ version: Int, _ strategy: Int, _ share: Double, _ promoter: Int) -> Answer {
            let wanted = Running(version: version, strategy: strategy, share: share, document: document)
            if running == wanted { return .standing }
            guard now < documentEnd, !(freeze?.contains(now) ?? false), !revokedPromoters.contains(promoter) else {
                return .no
            }
            // Strategy 2 costs nothing, and the floor is one basis point.
            guard strategy != 2 else { return .no }
            guard let verdict = judged.filter({ $0.version == version }).max(by: { $0.time < $1.time }),
                verdict.isPassed, !revokedGates.contains(verdict.gate), verdict.strategy == strategy,
                now - verdict.time <= 5 * Model.day,
                verdict.incumbent == running?.version || running?.version == version
            else { return .no }
            return peopleAgree(version, verdict) && hasBeenCanary(version, strategy, share) ? .yes : .no
        }

        private func peopleAgree(_ version: Int, _ verdict: Judged) -> Bool {
            let counted = said.filter { $0.version == version && !revokedPeople.contains($0.person) }
            var last: [Int: Said.Kind] = [:]
            for item in counted where item.kind != .waiver { last[item.person] = item.kind }
            // The third person has no role that counts for approving, and may still say no.
            guard !last.values.contains(.rejection), last.contains(where: { $0.key < 2 && $0.value == .approval })
            else { return false }
            guard verdict.isWaived else { return true }
            return counted.contains {
                $0.kind == .waiver && $0.person < 2 && now < $0.end && $0.end - $0.time <= 30 * Model.day
            }
        }

        private func hasBeenCanary(_ version: Int, _ strategy: Int, _ share: Double) -> Bool {
            guard share == 1, let canaryHours else { return true }
            var hours = longest[version * 3 + strategy] ?? 0
            if let canary, canary.version == version, canary.strategy == strategy {
                hours = max(hours, now - canary.since)
            }
            return hours >= canaryHours * 3600
        }

        /// The last one before that is another version or strategy: its canary is not another.
        var previous: Running? {
            line.dropLast().last { $0.version != running?.version || $0.strategy != running?.strategy }
        }

        mutating func run(_ next: Running, isRollback: Bool) {
            if let canary, canary.version != next.version || canary.strategy != next.strategy || next.share > 0.5 {
                let key = canary.version * 3 + canary.strategy
                longest[key] = max(longest[key] ?? 0, now - canary.since)
                self.canary = nil
            }
            if next.share <= 0.5, canary == nil { canary = (next.version, next.strategy, now) }
            running = next
            func isSame(_ a: Running, _ b: Running) -> Bool {
                a.version == b.version && a.strategy == b.strategy && a.share == b.share
            }
            if isRollback, let back = line.lastIndex(where: { isSame($0, next) }) {
                line.removeSubrange((back + 1)...)
                line[back] = next
            } else if let last = line.last, isSame(last, next) {
                line[line.count - 1] = next
            } else {
                line.append(next)
            }
        }
    }

    /// How many lives a run of the tests tries; HFTML_SEQUENCES asks for more.
    private static let sequences =
        ProcessInfo.processInfo.environment["HFTML_SEQUENCES"].flatMap(Int.init) ?? 400

    @Test("of random lives, the program allows exactly what the model of the rules allows")
    func lives() throws {
        var answers: [Model.Answer: Int] = [:], rollbacks = 0
        for seed in 0..<Self.sequences {
            let found = try Life.run(seed: UInt64(seed))
            for (answer, count) in found.answers { answers[answer, default: 0] += count }
            rollbacks += found.rollbacks
        }
        // A test that only ever sees one answer proves nothing.
        for answer in [Model.Answer.standing, .yes, .no] {
            #expect((answers[answer] ?? 0) > Self.sequences / 50, "\(answer): \(answers)")
        }
        #expect(rollbacks > Self.sequences / 50, "\(rollbacks) rollbacks")
    }

    private struct Life {
        var world = PromotionWorld()
        var model = Model()
        var random: SeededRandom
        var revisions: [RevisionHistory.Revision] = []
        var answers: [Model.Answer: Int] = [:]
        var rollbacks = 0

        static func run(seed: UInt64) throws -> (answers: [Model.Answer: Int], rollbacks: Int) {
            var life = Life(random: SeededRandom(seed: seed))
            if life.random.index(below: 3) == 0 {
                life.model.canaryHours = 2
                life.world.canaryHours = 2
            }
            // Most lives begin well, so that something comes in force.
            if life.random.index(below: 4) > 0 {
                for version in 1...2 {
                    try life.say(.approval, version, person: life.random.index(below: 2))
                    try life.judge(version, passed: true)
                }
            }
            for _ in 0..<14 { try life.step("seed \(seed)") }
            return (life.answers, life.rollbacks)
        }

        private mutating func wait(_ seconds: Int) {
            model.now += seconds
            world.now += Nanoseconds(seconds) * PromotionWorld.second
        }

        private mutating func step(_ place: String) throws {
            wait(1)
            let version = 1 + random.index(below: 2)
            switch random.index(below: 14) {
            case 0, 1: try judge(version, passed: random.index(below: 6) > 0)
            case 2: try say(.approval, version, person: random.index(below: 3))
            case 3: try say(.rejection, version, person: random.index(below: 3))
            case 4: try say(.waiver, version, person: random.index(below: 3))
            case 5: revoke()
            case 6: renew()
            case 7: wait([60, 3600, 7300, Model.day, 2 * Model.day][random.index(below: 5)])
            case 8, 9: try rollBack(place)
            case 10, 11: try succeed(place)
            default: try promote(version, place)
            }
        }

        private mutating func judge(_ version: Int, passed: Bool) throws {
            wait(1)
            let gate = random.index(below: 8) == 0 ? 1 : 0, strategy = [0, 0, 0, 1, 2][random.index(below: 5)]
            let isWaived = passed && random.index(below: 4) == 0
            model.judged.append(
                Judged(
                    version: version, strategy: strategy, isPassed: passed, isWaived: isWaived, gate: gate,
                    time: model.now, incumbent: model.running?.version))
            try world.judge(
                version, strategy: strategy, passed: passed, isWaived: isWaived, by: PromotionWorld.gates[gate])
        }

        private mutating func say(_ kind: Said.Kind, _ version: Int, person: Int) throws {
            wait(1)
            let days = [1, 10, 40][random.index(below: 3)]
            model.said.append(
                Said(
                    kind: kind, version: version, person: person, time: model.now,
                    end: model.now + days * Model.day))
            let recorded: StatementRecord.Kind =
                switch kind {
                case .approval: .approval
                case .rejection: .rejection
                case .waiver: .waiver
                }
            try world.state(recorded, version, by: person, days: Double(days))
        }

        /// Keys of the environment are revoked by its next document.
        private mutating func revoke() {
            switch random.index(below: 5) {
            case 0:
                let gate = random.index(below: 2)
                model.revokedGates.insert(gate)
                world.revoked.insert("gate-\(gate + 1)")
                model.document += 1
                world.counter += 1
            case 1:
                let promoter = random.index(below: 2)
                model.revokedPromoters.insert(promoter)
                world.revoked.insert("promoter-\(promoter + 1)")
                model.document += 1
                world.counter += 1
            default:
                let person = random.index(below: 3)
                model.revokedPeople.insert(person)
                world.revokedPeople.insert(["ann", "bob", "carl"][person])
            }
        }

        /// The next document: another end, and perhaps a freeze.
        private mutating func renew() {
            let end = model.now + [Model.day, 20 * Model.day][random.index(below: 2)]
            model.documentEnd = end
            world.expiresAt = PromotionWorld.start + Nanoseconds(end) * PromotionWorld.second
            (model.freeze, world.freezes) = (nil, [])
            if random.index(below: 3) == 0 {
                let span = (model.now + 30)..<(model.now + 7200)
                model.freeze = span
                world.freezes = [
                    EnvironmentAuthority.Freeze(
                        from: PromotionWorld.start + Nanoseconds(span.lowerBound) * PromotionWorld.second,
                        to: PromotionWorld.start + Nanoseconds(span.upperBound) * PromotionWorld.second, reason: "")
                ]
            }
            model.document += 1
            world.counter += 1
        }

        private mutating func promote(_ version: Int, _ place: String) throws {
            let strategy = [0, 0, 0, 0, 1, 2][random.index(below: 6)], promoter = random.index(below: 6) == 0 ? 1 : 0
            let share = [1, 1, 0.5][random.index(below: 3)]
            try promote(version, strategy, share, promoter, place)
        }

        /// Another version than runs is approved, judged against it and promoted at once, as people do it.
        private mutating func succeed(_ place: String) throws {
            let version = model.running?.version == 1 ? 2 : 1
            try say(.approval, version, person: random.index(below: 2))
            try judge(version, passed: true)
            guard let verdict = model.judged.last else { return }
            try promote(version, verdict.strategy, 1, 0, place)
        }

        private mutating func promote(
            _ version: Int, _ strategy: Int, _ share: Double, _ promoter: Int, _ place: String
        ) throws {
            let expected = model.answer(version, strategy, share, promoter)
            let decision = try world.decide(version, strategy: strategy, share: share, promoter: promoter)
            let found: Model.Answer =
                switch decision {
                case .standing: .standing
                case .admitted: .yes
                case .refused: .no
                }
            answers[found, default: 0] += 1
            #expect(found == expected, "\(place) at \(model.now): \(decision)")
            if found == .yes { try run(version, strategy, share, isRollback: false) }
        }

        private mutating func run(_ version: Int, _ strategy: Int, _ share: Double, isRollback: Bool) throws {
            model.run(
                Running(version: version, strategy: strategy, share: share, document: model.document),
                isRollback: isRollback)
            try world.deploy(version, strategy: strategy, share: share)
            revisions.append(
                RevisionHistory.Revision(
                    counter: revisions.count + 1, action: isRollback ? .rollback : .promote,
                    bundle: "\(revisions.count)", manifest: "\(version) \(strategy) \(share)",
                    weights: "\(version)", strategy: "\(strategy)", share: share, time: world.now))
        }

        private mutating func rollBack(_ place: String) throws {
            let found = try? RevisionHistory(revisions).rollbackTarget()
            let expected = model.previous
            #expect(
                found?.manifest == expected.map { "\($0.version) \($0.strategy) \($0.share)" },
                "\(place) at \(model.now): rollback")
            guard let expected, model.now < model.documentEnd else { return }
            rollbacks += 1
            try run(expected.version, expected.strategy, expected.share, isRollback: true)
        }
    }
}
