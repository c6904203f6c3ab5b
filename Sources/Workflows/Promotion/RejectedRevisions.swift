import Basics
import Deployment
import Promotion
import Registry

/// The revision history of an environment in; which of it people have rejected since, as far as this machine's registry
/// knows the versions, out. A rollback makes safe: by itself it goes to nothing that somebody rejected, and whoever
/// names such a revision gets it, warned.
struct RejectedRevisions {
    private let line: RollBack.Line
    /// What a rollback may go to and holds something else than what is in force, oldest first.
    private let ways: [RevisionHistory.Revision]
    /// Of revisions that somebody rejected, by their counters: who, when and why.
    private var refusals: [Int: [String]] = [:]
    /// Why somebody's no may be missing.
    private var problem: String?

    init(_ line: RollBack.Line, _ authority: EnvironmentAuthority, session: Session) {
        self.line = line
        let current = line.history.current
        ways = line.way.filter {
            $0.weights != current?.weights || $0.strategy != current?.strategy
        }
        do {
            let people = try CountingPeople(authority, line.files, withRollbacks: false, session: session)
            for revision in line.history.path {
                refusals[revision.counter] = try RejectedRevisions.refusals(
                    revision, line.references[revision.counter], people, authority, session: session)
            }
        } catch { problem = (error as? any UserFacingError)?.message ?? "\(error)" }
    }

    /// - Returns: nil for what this registry does not know, or knows otherwise, and for what nobody rejects.
    private static func refusals(
        _ revision: RevisionHistory.Revision, _ reference: String?, _ people: CountingPeople,
        _ authority: EnvironmentAuthority, session: Session
    ) throws -> [String]? {
        let registry = try session.registry()
        // Where nobody has the bundle any more, manifests stand for weights and strategy.
        let isKnown = revision.weights != revision.manifest
        guard let reference, let version = try? registry.version(reference),
            !isKnown || version.weights == revision.weights
        else { return nil }
        let found = try people.refusals(
            of: version, strategy: isKnown ? revision.strategy : nil, policy: authority.policy.digest,
            registry: registry)
        return found.isEmpty ? nil : found
    }

    /// Whether somebody whose word counts there rejected a revision.
    func isRejected(_ revision: RevisionHistory.Revision) -> Bool { refusals[revision.counter] != nil }

    /// The last other version that nobody rejected; nil where there is none.
    ///
    /// - Parameter isWithin: whether the host can go back to a revision.
    func latestOther(where isWithin: (RevisionHistory.Revision) -> Bool = { _ in true }) -> RevisionHistory.Revision? {
        ways.last { refusals[$0.counter] == nil && isWithin($0) }
    }

    /// Whether a rollback that names nothing has somewhere to go.
    var isWayOpen: Bool {
        if latestOther() != nil { return true }
        return (try? line.history.rollbackTarget()).map { !isRejected($0) } ?? false
    }

    /// Refuses to go back by itself to what somebody rejected: nobody reads the warnings of a button.
    ///
    /// - Throws: ``Failure`` with code `rollback.none`.
    func requireAllowed(_ target: RevisionHistory.Revision, _ request: RollBack.Request) throws {
        guard isRejected(target) else { return }
        let directory = Inbox.word(line.files.host.directory), name = Inbox.word(line.files.name)
        let others = open(but: target)
        throw Failure(
            "rollback.none",
            "cannot roll back: nothing that nobody rejected is left before what is in force in '\(line.files.name)'; "
                + words(target),
            hint: "stop trading: hftml-runtime halt \(directory) --by PERSON --reason TEXT; "
                + (others.isEmpty ? "" : "nobody rejected: \(others.joined(separator: ", ")); ")
                + "to go back to what was rejected all the same: hftml rollback \(name) --to \(target.counter) --key "
                + "\(Inbox.word(request.key)) --reason TEXT", exitStatus: .refused)
    }

    /// What is left in the history beside a target, and nobody rejected, as one names it; newest first.
    private func open(but target: RevisionHistory.Revision) -> [String] {
        ways.filter { refusals[$0.counter] == nil && $0.manifest != target.manifest }.reversed().map {
            "--to \($0.counter)" + (line.references[$0.counter].map { " (\($0))" } ?? "")
        }
    }

    /// Says, before anything is signed, what was passed over, or that the target was rejected and what was not.
    func tell(_ target: RevisionHistory.Revision, session: Session) {
        let say = session.caller.conversation.say
        if let problem { say("cannot tell whether somebody rejected what this goes back to: \(problem)") }
        for revision in passedOver(target) {
            say("passed over \(words(revision)); it comes back only by its number: --to \(revision.counter)")
        }
        guard refusals[target.counter] != nil else { return }
        let others = open(but: target)
        say(
            "warning: this goes back to \(words(target)); "
                + (others.isEmpty
                    ? "nothing else in the history is left that nobody rejected; to stop trading instead: "
                        + "hftml-runtime halt \(Inbox.word(line.files.host.directory)) --by PERSON --reason TEXT"
                    : "nobody rejected: \(others.joined(separator: ", "))"))
    }

    /// Of a rollback to a revision, for the entry of the log: nothing where nobody rejected anything.
    func detail(_ target: RevisionHistory.Revision) -> [(String, JSONValue)] {
        let over = passedOver(target).map(words)
        return (refusals[target.counter].map { [("rejections", .strings($0))] } ?? [])
            + (over.isEmpty ? [] : [("passedOver", .strings(over))])
    }

    /// Rejected revisions between the target and what is in force.
    private func passedOver(_ target: RevisionHistory.Revision) -> [RevisionHistory.Revision] {
        guard refusals[target.counter] == nil, let place = ways.firstIndex(where: { $0.counter == target.counter })
        else { return [] }
        return ways[(place + 1)...].filter { refusals[$0.counter] != nil }
    }

    private func words(_ revision: RevisionHistory.Revision) -> String {
        "revision \(revision.counter)" + (line.references[revision.counter].map { " (\($0))" } ?? "") + ": "
            + (refusals[revision.counter] ?? []).joined(separator: "; ")
    }
}
