import Basics
import Deployment
import ModelBundles
import Registry
import TestSupport
import Testing
import Workflows

/// Whose words about a rollback count: of who was a promoter when they came on record.
@Suite struct PromotersOfThenTests {
    /// `m/1` and `m/2` in force, and a rollback that waits.
    private static func waiting() throws -> (project: TestProject, runtime: FakeRuntime) {
        let project = try TestProject(), runtime = FakeRuntime()
        for version in ["m/1", "m/2"] { try project.promote(version, runtime) }
        runtime.answer(.silence)
        #expect(project.code { _ = try project.rollBack(runtime) } == "rollback.no-receipt")
        return (project, runtime)
    }

    /// Numbers and reasons of what waits, as everybody is shown them.
    private static func waiting(_ session: Session) throws -> [String] {
        try ListDeployments.run(environment: nil, session: session).waiting.map(\.message)
    }

    /// Takes the promoter's role away, and says so in the next document.
    private static func dismiss(_ project: TestProject) throws {
        try project.amend {
            $0.replacing("{key: paper-promoter, roles: [promoter, log]}", with: "{key: paper-promoter, roles: [log]}")
        }
    }

    private static let second = "  - {key: second, roles: [promoter]}"

    /// Puts another promoter in the place of the first.
    private static func replace(_ project: TestProject) throws {
        _ = try ManageKeys.generate("second", session: project.session)
        try project.amend {
            $0.replacing("roles: [promoter, log]}", with: "roles: [log]}\n" + Self.second)
        }
    }

    private static func lost(_ session: Session, _ runtime: FakeRuntime) throws -> WithdrawPromotion.Outcome {
        var request = WithdrawPromotion.Request(environment: "paper")
        (request.wait, request.isHostLost, request.reason, request.key) = (0, true, "gone", "paper-promoter")
        return try WithdrawPromotion.run(request, runtime: runtime.port, session: session)
    }

    @Test("an entry that takes a rollback back counts by a promoter's signature over just that, and by nothing else")
    func forgedEntries() throws {
        let (project, _) = try Self.waiting(), registry = try project.session.registry()
        let order = try #require(try registry.rollbackEntries(environment: "paper").first)
        let bundle = try #require(order.detail[key: "bundle"]?.stringValue)
        let promoter = try SigningKey.read(project.file("Registry/keys/paper-promoter.key.json"))
        func word(isHostLost: Bool, environment: String = "paper", counter: Int? = nil) throws -> Withdrawal {
            Withdrawal(
                environment: environment, counter: counter ?? order.counter, bundle: bundle, time: registry.now(),
                person: "eve", reason: "", host: order.detail[key: "place"]?[key: "host"]?.stringValue,
                isHostLost: isHostLost)
        }
        func enter(_ text: String?) throws {
            try registry.audit(
                action: "rollback.withdrawn", subject: .environment("paper"),
                detail: .map([
                    "counter": .int(order.counter), "bundle": .string(bundle), "hostIsLost": .bool(true),
                    "withdrawal": .string(text),
                ]))
        }
        let stranger = SigningKey(generating: "eve")
        for text in [
            nil, "{}", try word(isHostLost: true).signed(by: stranger).text,
            // What a host was told, which is no word that it is lost.
            try word(isHostLost: false).signed(by: promoter).text,
            try word(isHostLost: true, environment: "live").signed(by: promoter).text,
            try word(isHostLost: true, counter: 9).signed(by: promoter).text,
        ] {
            try enter(text)
            #expect(
                try Self.waiting(project.session).contains { $0.hasPrefix("the rollback 3 of 'paper'") },
                "\(text ?? "")")
        }
        try enter(try word(isHostLost: true).signed(by: promoter).text)
        #expect(try Self.waiting(project.session).isEmpty)
    }

    @Test("a promoter of before ends no rollback: not by a clone that is behind, and not by an entry")
    func formerPromoter() throws {
        let (project, runtime) = try Self.waiting()
        let clone = try HandOverTests.Clone(project)
        try Self.dismiss(project)
        #expect(
            project.code { _ = try project.withoutHost { try Self.lost(clone.session, runtime) } } == "authority.gone")
        #expect(project.code { _ = try Self.lost(project.session, runtime) } == "withdrawal.host-here")
        let registry = try project.session.registry()
        let order = try #require(try registry.rollbackEntries(environment: "paper").first)
        let bundle = try #require(order.detail[key: "bundle"]?.stringValue)
        let promoter = try SigningKey.read(project.file("Registry/keys/paper-promoter.key.json"))
        // Dated back to when the key was good.
        let word = Withdrawal(
            environment: "paper", counter: 3, bundle: bundle, time: order.entry.time, person: "ann", reason: "",
            host: order.detail[key: "place"]?[key: "host"]?.stringValue, isHostLost: true)
        try registry.audit(
            action: "rollback.withdrawn", subject: .environment("paper"),
            detail: .map([
                "counter": .int(3), "bundle": .string(bundle), "hostIsLost": .bool(true),
                "withdrawal": .string(try word.signed(by: promoter).text),
            ]))
        #expect(try Self.waiting(project.session).contains { $0.hasPrefix("the rollback 3 of 'paper'") })
        #expect(try Self.waiting(project.session).count == 1)
    }

    @Test("a rollback to a version that a promoter of before had promoted waits as any, by whoever orders it now")
    func otherPromoter() throws {
        let project = try TestProject(), runtime = FakeRuntime()
        for version in ["m/1", "m/2"] { try project.promote(version, runtime) }
        try Self.replace(project)
        runtime.answer(.silence)
        var request = RollBack.Request(environment: "paper", key: "second", reason: "losses")
        request.wait = 0
        let code = project.code { _ = try RollBack.run(request, runtime: runtime.port, session: project.session) }
        #expect(code == "rollback.no-receipt")
        #expect(try Self.waiting(project.session).contains { $0.hasPrefix("the rollback 3 of 'paper'") })
        try project.judge("m/1")
        var promotion = try project.request("m/1")
        promotion.key = "second"
        let asked = promotion
        let refused = project.code {
            _ = try PromoteModel.run(asked, runtime: runtime.port, session: project.session)
        }
        #expect(refused == "promote.rollback-waits")
    }

    @Test("an order by a promoter of before counts nowhere, though one of now had promoted what it goes back to")
    func formerOrderOfOthers() throws {
        let project = try TestProject(), runtime = FakeRuntime()
        _ = try ManageKeys.generate("second", session: project.session)
        try project.amend { $0.replacing("roles: [promoter, log]}", with: "roles: [promoter, log]}\n" + Self.second) }
        for version in ["m/1", "m/2"] {
            try project.judge(version)
            var request = try project.request(version)
            request.key = "second"
            _ = try PromoteModel.run(request, runtime: runtime.port, session: project.session)
        }
        let clone = try HandOverTests.Clone(project)
        try Self.dismiss(project)
        runtime.answer(.silence)
        var request = RollBack.Request(environment: "paper", key: "paper-promoter", reason: "evil")
        (request.wait, request.isActivating) = (0, false)
        let code = project.code { _ = try RollBack.run(request, runtime: runtime.port, session: clone.session) }
        #expect(code == "rollback.no-receipt")
        #expect(try Self.waiting(project.session).isEmpty)
    }

    @Test("a number that no host would take, by an entry that nobody signed, is in nobody's way")
    func farAhead() throws {
        let project = try TestProject(), runtime = FakeRuntime(), registry = try project.session.registry()
        for version in ["m/1", "m/2"] { try project.promote(version, runtime) }
        for counter in [1_000_000_000_000_000, Int.max] {
            try registry.audit(
                action: "rollback", subject: .environment("paper"),
                detail: .map([
                    "counter": .int(counter), "bundle": .string(String(repeating: "a", count: 64)),
                    "reason": .string("evil"),
                ]))
        }
        #expect(try Self.waiting(project.session).isEmpty)
        #expect(try project.rollBack(runtime).receipt.counter == 3)
        #expect(try project.promote("m/2", runtime).receipt.counter == 4)
    }

    @Test("a promoter of before stops nobody by a rollback's order from a clone that is behind, and hides none")
    func formerOrder() throws {
        for isWaiting in [true, false] {
            let project = try TestProject(), runtime = FakeRuntime()
            for version in ["m/1", "m/2"] { try project.promote(version, runtime) }
            runtime.answer(.silence)
            if isWaiting { #expect(project.code { _ = try project.rollBack(runtime) } == "rollback.no-receipt") }
            let clone = try HandOverTests.Clone(project)
            try Self.dismiss(project)
            var request = RollBack.Request(environment: "paper", key: "paper-promoter", reason: "evil")
            (request.wait, request.isActivating) = (0, false)
            let code = project.code { _ = try RollBack.run(request, runtime: runtime.port, session: clone.session) }
            #expect(code == "rollback.no-receipt")
            let last = try project.session.registry().rollbackEntries(environment: "paper").first
            #expect(last?.detail[key: "reason"]?.stringValue == "evil")
            let told = try Self.waiting(project.session)
            #expect(told.count == (isWaiting ? 1 : 0) && !told.contains { $0.contains("evil") }, "\(told)")
        }
    }

    @Test("an order stays one where a document that came by Git alone names another promoter than who signed it")
    func documentByGit() throws {
        let (project, runtime) = try Self.waiting()
        let place = "Registry/environments/paper", file = "\(place)/environment.yaml"
        _ = try ManageKeys.generate("second", session: project.session)
        try project.write(
            try project.read(file).replacing("roles: [promoter, log]}", with: "roles: [log]}\n" + Self.second), to: file
        )
        // From a clone with another registry: the log here tells nothing of when it came.
        var made = try AuthorityEnvelope(try project.read("\(place)/authority.json")).authority
        (made.counter, made.createdAt) = (made.counter + 1, try project.session.registry().now())
        var second = try PublicKey.read(project.file("Registry/keys/second.pub.json"))
        second.roles = [EnvironmentAuthority.Role.promoter]
        for index in made.keys.indices { made.keys[index].roles.removeAll { $0 == second.roles[0] } }
        made.keys = (made.keys + [second]).sorted { $0.id < $1.id }
        let root = try SigningKey.read(project.file("Registry/keys/paper-root.key.json"))
        let document = try AuthorityEnvelope(made, signer: root)
        for name in ["authority.json", "authority/\(made.counter).json"] {
            try project.write(document.envelope.text + "\n", to: "\(place)/\(name)")
        }
        #expect(try Self.waiting(project.session).contains { $0.hasPrefix("the rollback 3 of 'paper'") })
        try project.judge("m/1")
        var request = try project.request("m/1")
        request.key = "second"
        let promotion = request
        let refused = project.code {
            _ = try PromoteModel.run(promotion, runtime: runtime.port, session: project.session)
        }
        #expect(refused == "promote.rollback-waits")
    }

    @Test("an entry whose number no order can have waits for nobody where nothing is in force yet")
    func noNumber() throws {
        let project = try TestProject(), runtime = FakeRuntime(), registry = try project.session.registry()
        try project.environment()
        for counter in [0, -1] {
            try registry.audit(
                action: "rollback", subject: .environment("paper"),
                detail: .map(["counter": .int(counter), "bundle": .string("x"), "reason": .string("evil")]))
        }
        #expect(try Self.waiting(project.session).isEmpty)
        #expect(try project.promote("m/1", runtime).receipt.counter == 1)
    }
}
