import Basics
import Deployment
import ModelBundles
import Promotion
import Registry

/// A name and a policy in; an environment whose rules are written down, and with keys on this machine one whose
/// document is signed and pinned, out.
package enum InitializeEnvironment {
    package struct Request: Sendable {
        package var environment: String
        /// Name of a policy in `Registry/gates`, or a file in this project.
        package var policy: String
        /// Names of root keys.
        package var root: [String] = []
        /// Make all keys here, sign, and pin the root key on the host, which is this machine.
        package var isLocal = false
        /// Leave alone what is there.
        package var keepsExisting = false

        package init(environment: String, policy: String) {
            (self.environment, self.policy) = (environment, policy)
        }
    }

    package struct Outcome: Sendable {
        package let environment: String
        /// As people of the project say it.
        package let source: String
        /// Names of the keys by what they do, where they were made or found here.
        package let keys: [(role: String, name: String)]
        /// What was signed; nil where nothing was.
        package let signed: SignEnvironment.Outcome?
    }

    /// - Throws: ``Failure`` with code `authority.exists`, `authority.name`, `gate.no-policy`.
    package static func run(_ request: Request, session: Session) throws -> Outcome {
        let name = session.environmentName(request.environment), directory = session.environmentPath(name)
        try check(Paths.name(directory))
        let runtime = "\(directory)/runtime.json", source = "\(directory)/environment.yaml"
        // A mistake in it is told now, and not first to who signs; where a file is there, it is that one's policy.
        if !Paths.exists(source) || !Paths.exists(EnvironmentPolicy.path(request.policy, session: session)) {
            _ = try EnvironmentPolicy.read(request.policy, session: session)
        }
        if Paths.exists(source), !request.keepsExisting {
            throw Failure(
                "authority.exists", "found an environment.yaml in '\(session.shown(directory))' already",
                hint: "edit it and sign it: hftml environments sign \(name) --as KEY; or add --if-missing")
        }
        if !Paths.exists(runtime) {
            let node = JSONValue.map([
                "schemaVersion": .int(1), "name": .string(Paths.name(directory)), "paperFeeBps": .double(0.5),
            ])
            try AtomicFile.write(node.text(.pretty) + "\n", to: runtime)
        }
        let files = try EnvironmentFiles(name, session: session)
        let keys = request.isLocal ? try LocalKeys.make(files, session: session) : nil
        if !Paths.exists(source) {
            let root = request.root.isEmpty ? [keys?.root ?? EnvironmentTemplate.Placeholder.root] : request.root
            try AtomicFile.write(
                EnvironmentTemplate.text(
                    policy: request.policy, root: root, keys: keys, people: try people(beside: keys, session: session),
                    issuers: try ActingIdentity.names(session)),
                to: source)
            try session.registry().audit(
                action: "environment.init", subject: .environment(name),
                detail: .map(["policy": .string(request.policy)]))
        }
        guard let keys else {
            return Outcome(environment: name, source: session.shown(source), keys: [], signed: nil)
        }
        let signed = try sign(files, keys, session: session)
        try LocalKeys.pin(files, session: session)
        return Outcome(environment: name, source: session.shown(source), keys: keys.named, signed: signed)
    }

    /// Whom the project trusts today, for the root keys to look through: from the signing on the document alone counts.
    private static func people(beside keys: LocalKeys.Names?, session: Session) throws -> [PublicKey] {
        let registry = try session.registry(), taken = Set(keys?.named.map(\.name) ?? [])
        return try ManageKeys.people(session, registry: registry).keys.filter {
            $0.objection(at: registry.now()) == nil && !$0.peopleRoles.isEmpty && !taken.contains($0.name)
        }.sorted { $0.name < $1.name }
    }

    private static func check(_ name: String) throws {
        guard !name.isEmpty, !name.hasPrefix("."), Int(name) == nil,
            name.unicodeScalars.allSatisfy({
                $0.isASCII && ($0.properties.isAlphabetic || "0123456789-_.".unicodeScalars.contains($0))
            }), name == name.lowercased()
        else {
            throw Failure(
                "authority.name",
                "found the environment's name '\(name)', expected small letters, digits, '-', '_' and '.'",
                exitStatus: .usage)
        }
    }

    /// Signs where the document in force says something else than the file, or has ended; brings it back where only
    /// its file is gone.
    private static func sign(_ files: EnvironmentFiles, _ keys: LocalKeys.Names, session: Session) throws
        -> SignEnvironment.Outcome?
    {
        _ = try FinishSigning.run(files.name, session: session)
        let draft = try SignEnvironment.draft(files.name, session: session)
        if let inForce = draft.inForce, draft.changes.isEmpty, session.clock.now() < inForce.authority.expiresAt {
            let text = inForce.envelope.text + "\n"
            if !Paths.exists(files.host.authorityFile) { try AtomicFile.write(text, to: files.host.authorityFile) }
            return nil
        }
        return try SignEnvironment.sign(draft, key: keys.root, session: session)
    }
}

/// Keys of an environment all of whose parts are on one machine: a person's laptop, a demo.
enum LocalKeys {
    struct Names {
        let root: String
        let gate: String
        let promoter: String
        let host: String

        var named: [(role: String, name: String)] {
            [("root", root), ("gate", gate), ("promoter", promoter), ("host", host)]
        }
    }

    /// Makes those that are not there.
    static func make(_ files: EnvironmentFiles, session: Session) throws -> Names {
        let base = files.host.name
        let names = Names(
            root: "\(base)-root", gate: "\(base)-gate", promoter: "\(base)-promoter", host: "\(base)-host")
        for name in [names.root, names.gate, names.promoter] {
            _ = try ManageKeys.generate(name, keepsExisting: true, session: session)
        }
        if !Paths.exists(files.host.hostKey) {
            try SigningKey(generating: names.host).write(to: files.host.hostKey)
        }
        let own = try SigningKey.read(files.host.hostKey).publicKey
        let tracked = ManageKeys.publicPath(names.host, session: session)
        if try !Paths.exists(tracked) || PublicKey.read(tracked).raw != own.raw {
            try AtomicFile.write(own.json.text(.pretty) + "\n", to: tracked)
        }
        return names
    }

    /// Tells the host whom to believe. A pin that is there stays: changing it is the host's own business.
    static func pin(_ files: EnvironmentFiles, session: Session) throws {
        guard !Paths.exists(files.host.rootFile) else { return }
        let document = try files.newest(at: session.clock.now())
        let pin = RootPin(environment: files.host.name, root: document.authority.root)
        try AtomicFile.write(pin.json.text(.pretty) + "\n", to: files.host.rootFile)
    }
}

/// The first `environment.yaml`, with what each line means.
enum EnvironmentTemplate {
    /// What stands for the name of a key until somebody writes one there.
    enum Placeholder {
        static let root = "ROOT-KEY"
        static let gate = "GATE-KEY"
        static let promoter = "PROMOTER-KEY"
        static let host = "HOST-KEY"
        static let all: Set<String> = [root, gate, promoter, host]
    }

    private static func line(_ key: PublicKey) -> String {
        let person = key.person == key.name ? "" : ", person: \(JSONValue.string(key.person).text(.compact))"
        let roles = JSONValue.strings(key.peopleRoles).text(.compact)
        return "\n  - {key: \(JSONValue.string(key.name).text(.compact))\(person), roles: \(roles)}"
    }

    static func text(
        policy: String, root: [String], keys: LocalKeys.Names?, people: [PublicKey], issuers: [String]
    ) -> String {
        let gate = keys?.gate ?? Placeholder.gate, promoter = keys?.promoter ?? Placeholder.promoter
        let host = keys?.host ?? Placeholder.host
        return """
            # What may run in this environment. By itself this file is worth nothing: what counts is what root keys have
            # signed of it (hftml environments sign). Whoever runs a command can tighten it, never choose it.
            schemaVersion: 1
            # The rules that a version must pass: a file in Registry/gates. Its text of the moment of signing counts.
            # What rules may ask: hftml gates rules.
            policy: \(policy)
            # A strategy that reckons with lower costs of a round trip is refused.
            minimumCostBps: 1
            # Hard limits: a strategy may set lower ones. Money in units of the price, as in a strategy's file.
            limits:
              tick: 1
              maximumQuantity: 1000
              maximumNotional: 1000000000
              collarBps: 500
              maximumPosition: 1000
              maximumGross: 100000000000
              maximumLoss: 1000000000
              ordersPerSecond: 100
              burst: 500
            # Who may sign the next version of this document, and how many persons of them have to.
            root: {threshold: 1, keys: [\(root.joined(separator: ", "))]}
            # Who may sign what: gate (verdicts), promoter (promotions and rollbacks), host (receipts), log (heads of
            # the audit log), and the roles of people that the policy asks for: whoever is not named here approves and
            # waives nothing in this environment, whatever is trusted elsewhere. The public halves stand in
            # Registry/trusted or Registry/keys, or here as publicKey; that of a host is what hftml-runtime init prints.
            # Several keys of one person count once: {key: NAME, person: NAME, …}.
            keys:
              - {key: \(gate), roles: [gate]}
              - {key: \(promoter), roles: [promoter, log]}
              - {key: \(host), roles: [host, promoter]}\(people.map(line).joined())
            # Whose CI tokens (HFTML_ID_TOKEN) say who acts here: files of Registry/issuers, by their names.
            issuers: \(JSONValue.strings(issuers).text(.compact))
            # When nothing is promoted: {from: 2026-12-24, to: 2026-12-27, reason: holidays}. A rollback is allowed.
            # First and last day count, in UTC (in a policy's rule `freeze` the last day is free); a time such as
            # 2026-12-27T12:00Z is when promotions go on.
            freezes: []
            # What must have traded a share of the instruments before all of them.
            # canary: {hours: 24, share: 0.25}
            # What a bundle must report after it was put in force, or it is taken back.
            # health: {withinSeconds: 60, minimumBars: 500, maximumDeniedShare: 0.5, maximumLoss: 1000}
            # Days until this document and a verdict count no more.
            expiryDays: 365
            verdictDays: 7
            # Hours for which an order to deploy may wait for the host; who ordered can take it back meanwhile.
            deploymentHours: 6
            # Hours after which an anchor of the audit log is too old for a promotion; without it none is asked for.
            # Where anchors lie stands in Registry/hftml.yaml, and is signed with this: fewer or others are refused.
            \(keys == nil ? "" : "# ")anchorHours: 24

            """
    }
}
