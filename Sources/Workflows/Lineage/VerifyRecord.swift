import Basics
import DataVersioning
package import Deployment
import ModelBundles
import Promotion
import Registry

/// A project in; everything in its record that was changed, removed, reordered or put there by hand, in words, out.
package enum VerifyRecord {
    /// Hours after which an entry must be covered by an anchor, where no environment says less.
    package static let anchorHours = 24.0

    /// - Parameters:
    ///   - anchors: whether the log must be anchored outside its file, and the newest entries by when: nil where nobody
    ///     asks; otherwise hours, of which those of an environment are never exceeded.
    ///   - places: where heads are looked for outside; nil for those of the settings.
    ///   - authority: of the environment that is about to rest on the record: only heads that its own keys with the
    ///     role `log` signed cover anything then. Nil for those of all environments.
    ///   - isRestoring: whether the workspace was just made of a backup: files that came with it are nobody's hand.
    ///   - withReceipts: false to leave out what lies among the receipts of environments, or among the heads of the
    ///     log, and is none: it proves nothing, and holds up nothing.
    ///   - withHosts: false to leave out what hosts have done and what runs there: it is no damage of the record.
    /// - Throws: ``Failure`` with code `anchor.other-places` where the settings leave out places for anchors that the
    ///   document of that environment names.
    package static func run(
        session: Session, anchorHours anchors: Double? = nil, places asked: [AnchorPlace]? = nil,
        for authority: EnvironmentAuthority? = nil, isRestoring: Bool = false, withReceipts: Bool = true,
        withHosts: Bool = true
    ) throws -> [String] {
        if let authority, asked == nil, let failure = try SignedAnchors.objection(authority, session: session) {
            throw failure
        }
        // What lies outside is read first: the log only grows, so all of it must be covered by what is read then.
        let path = HeadsList.path(session), named = try asked ?? session.anchorPlaces()
        // Settings can name other places; what was anchored in Git before them still says what it says.
        let places =
            try asked == nil && !named.contains(.git) && GitRepository.around(session.root) != nil
            ? named + [.git] : named
        let lines = try HeadsList.lines(session), listed = HeadsList.heads(among: lines)
        let anchored = try AnchorStore.read(places, session: session)
        let log: RegistryExamination, registry: RegistryDatabase
        // A damaged file is the answer, not a failure to answer.
        do {
            registry = try session.registry()
            log = try registry.examine()
        } catch let failure as Failure where failure.code == "registry.damaged" { return [failure.message] }
        // By the log's word or by what lies in the tree: an empty log beside documents that it does not know is not the
        // log of a project in which nothing was decided.
        let isDecided = try log.hasDecisions || !listed.isEmpty || hasTraces(registry, session)
        // A place that nothing was ever kept in is no loss.
        var problems = log.problems + (isDecided ? anchored.problems : [])
        do {
            let keys = try LogKeys.read(session, registry: registry, for: authority)
            let outside =
                anchored.heads.map { AuditHeads.Outside($0.envelope, "in \($0.words)", time: $0.time) }
                + listed.map { AuditHeads.Outside($0, "outside the registry, in Registry/audit-heads.jsonl") }
            let found = AuditHeads.compare(log, keys: keys.keys, outside: outside, at: session.clock.now())
            problems += keys.problems + found.problems + (withReceipts ? found.unreadable : [])
            if withReceipts { problems += [ConflictMarks.problem(lines, in: session.shown(path))].compactMap(\.self) }
            let isLost = anchored.heads.isEmpty && !places.isEmpty && !(log.heads.isEmpty && listed.isEmpty)
            if isLost { problems.append(lost(places)) } else { problems += absent(named, anchored.heads, log, session) }
            if asked == nil {
                problems += try forgotten(named, session: session)
                problems += try authority == nil ? unnamed(keys, session) : []
            }
            // Nothing that was decided, nothing that somebody could want to rewrite.
            if let anchors, !isLost, isDecided || !anchored.heads.isEmpty || log.hashes.isEmpty {
                let counting = try authority.flatMap { try SignedAnchors.places($0, session: session) } ?? places
                let newest = found.covered.filter {
                    $0.key < anchored.heads.count && counting.contains(anchored.heads[$0.key].place)
                }.values.max()
                problems += staleness(
                    log, newest: newest, hours: min(anchors, keys.anchorHours ?? anchors), counting,
                    now: session.clock.now())
            }
            problems += try keyProblems(registry, isRestoring: isRestoring, session: session)
            problems += try beyond(
                registry, withHosts: withHosts && withReceipts, withDocuments: withReceipts, session: session)
        } catch let failure as Failure where failure.code == "registry.damaged" {
            problems.append("cannot check keys, signed heads and weights: \(failure.message)")
        }
        return problems
    }

    /// Places that the settings name and that hold nothing, though heads were signed and another place holds some: what
    /// lay there was taken away, or nothing was signed since the place was named.
    private static func absent(
        _ places: [AnchorPlace], _ heads: [AnchoredHead], _ log: RegistryExamination, _ session: Session
    ) -> [String] {
        guard !heads.isEmpty, !log.heads.isEmpty else { return [] }
        return places.filter { place in
            // A directory that is gone as well is told already.
            if case .directory(let path) = place, !Paths.isDirectory(session.anchorDirectory(path)) { return false }
            return !heads.contains { $0.place == place }
        }.map {
            "found no signed head of the audit log in \($0), which Registry/hftml.yaml names, and "
                + "\(heads.count) elsewhere: restore what lay there; where the place is new: hftml audit anchor"
        }
    }

    /// Why the newest anchor does not say enough: whoever can write the registry's file can write everything after it
    /// anew, with all hashes right.
    private static func staleness(
        _ log: RegistryExamination, newest: Int?, hours: Double, _ places: [AnchorPlace], now: Nanoseconds
    ) -> [String] {
        let command = "make one, where this record is kept: hftml audit anchor --as KEY"
        guard !log.hashes.isEmpty else { return ["found an empty audit log: there is nothing that could be verified"] }
        guard !places.isEmpty else {
            return [
                "found no place for anchors of the audit log: no Git repository around the project, and no anchors in "
                    + "Registry/hftml.yaml; run: git init, then \(command)"
            ]
        }
        let place = places.map(\.description).joined(separator: ", ")
        guard let newest else {
            return [
                "found no anchor of the audit log in \(place) that was signed by a key with the role 'log': whoever "
                    + "can write the registry could have written all of it; \(command)"
            ]
        }
        guard newest < log.times.count else { return [] }
        let age = now.saturatingMinus(log.times[newest])
        guard Double(age) > hours * 3600e9 else { return [] }
        return [
            "found the newest anchor of the audit log at entry \(newest) of \(log.hashes.count); entry \(newest + 1) "
                + "is of \(TimeText.seconds(log.times[newest])), more than \(hours) hours ago; \(command)"
        ]
    }

    /// Heads were signed, so they were anchored: that none is found is a loss, or an older copy of the record.
    private static func lost(_ places: [AnchorPlace]) -> String {
        "found signed heads of the audit log, and none of their anchors in "
            + places.map(\.description).joined(separator: ", ") + ": "
            + (places.contains(.git)
                ? "fetch them (git fetch origin \(AnchorPlace.reference):\(AnchorPlace.reference)), or " : "")
            + "restore the place; a place that is new is named beside the one before it, and not instead of it, until "
            + "it has a head: hftml audit anchor"
    }

    /// Whether receipts of hosts, promotions, or signed documents that the log does not know lie in the tree.
    private static func hasTraces(_ registry: RegistryDatabase, _ session: Session) throws -> Bool {
        func holds(_ directory: String, _ isTrace: (String) -> Bool) throws -> Bool {
            try Paths.isDirectory(directory) && Paths.entries(directory, isLenient: true).contains(where: isTrace)
        }
        if try holds("\(session.root)/Registry/promotions", { !$0.hasPrefix(".") }) { return true }
        let isUnknown = try registry.auditEntries(actionPrefix: "environment.sign").isEmpty
        return try session.environmentNames().contains { name in
            let place = session.environmentPath(name)
            return try holds("\(place)/receipts", { $0.hasSuffix(".json") })
                || isUnknown
                    && (Paths.exists("\(place)/authority.json")
                        || holds("\(place)/authority") { $0.hasSuffix(".json") })
        }
    }

    /// Tokens lie here, and the settings name nobody who could have made them.
    private static func forgotten(_ places: [AnchorPlace], session: Session) throws -> [String] {
        let isAsked = places.contains { place in if case .timestamp = place { true } else { false } }
        guard !isAsked, try !TimestampStore.isEmpty(session: session) else { return [] }
        return [
            "found timestamps in \(TimestampStore.directory), and no authority in Registry/hftml.yaml that made them: "
                + "name it again under anchors, {timestamp: ADDRESS, certificates: FILE}"
        ]
    }

    /// Places that signed documents name, and the settings do not.
    private static func unnamed(_ keys: LogKeys, _ session: Session) throws -> [String] {
        try keys.signed.sorted { $0.key < $1.key }.compactMap { _, document in
            try SignedAnchors.objection(document, session: session)
        }.map { "\($0.message): \($0.hint ?? "")" }
    }

    /// Files of trusted keys that the log contradicts, or that nothing but a hand brought.
    private static func keyProblems(_ registry: RegistryDatabase, isRestoring: Bool, session: Session) throws
        -> [String]
    {
        try ManageKeys.people(session, registry: registry, isRestoring: isRestoring).keys.compactMap { key in
            guard let revoked = key.revoked, revoked.isDoubt, revoked.reason.hasPrefix("its file was") else {
                return nil
            }
            return "found the trusted key '\(key.name)' (\(key.id)) out of order: \(revoked.reason)"
        }
    }

    /// What else lies outside: receipts, the weights of versions.
    private static func beyond(
        _ registry: RegistryDatabase, withHosts: Bool, withDocuments: Bool, session: Session
    ) throws -> [String] {
        var problems: [String] = []
        if withHosts { problems += try receiptProblems(session: session) }
        if withDocuments { problems += try PromotionDocuments.compare(session: session).problems }
        for version in try registry.versions(stage: .all) where !version.weights.isEmpty && version.source.isEmpty {
            do { _ = try session.artefacts.verified(version.weights) } catch let failure as Failure {
                problems.append("\(version.reference): \(failure.message)")
            }
        }
        return problems
    }
}
