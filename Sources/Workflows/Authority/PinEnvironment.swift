import Basics
import Deployment
import ModelBundles
import Registry

/// An environment in; its root keys believed on this machine, or written into a file for its host, out.
///
/// A pin is what everything else is followed from, so somebody has to compare it with the owners of the keys once.
package enum PinEnvironment {
    /// What is about to be believed. Showing it is the caller's duty.
    package struct Draft: Sendable {
        package let environment: String
        package let fingerprint: String
        /// Names and ids of the root keys.
        package let keys: [(name: String, id: String)]
        package let threshold: Int
        /// Where the keys were found.
        package let source: String
        /// Whether they are pinned here already.
        package let isPinned: Bool
        /// The newest document that follows from them, where it names other root keys: those are believed by it.
        package let later: (counter: Int, keys: [(name: String, id: String)])?
        let files: EnvironmentFiles
        let pin: RootPin
    }

    /// - Throws: ``Failure`` with code `authority.missing` where there is neither a document nor `environment.yaml`.
    package static func draft(_ typed: String, session: Session) throws -> Draft {
        let files = try EnvironmentFiles(typed, session: session)
        let pin: RootPin, source: String
        if let first = try files.first(files.chain()) {
            pin = RootPin(environment: files.host.name, root: first.authority.root)
            source = "document \(first.authority.counter)"
        } else if Paths.exists(files.source) {
            // Keys of the host and of others are not there yet: the host makes its own once it has the pin.
            let root = try EnvironmentSource(files.source).rootKeys(files, session: session)
            (pin, source) = (RootPin(environment: files.host.name, root: root), "environment.yaml")
        } else {
            throw files.missing
        }
        let isPinned = Paths.exists(files.host.rootFile)
        if isPinned, try RootPin.read(files.host.rootFile).fingerprint != pin.fingerprint {
            throw Failure(
                "authority.pinned",
                "found other root keys pinned for '\(files.name)' than those of \(source) (\(pin.fingerprint))",
                hint: "documents follow from the pin; if it is wrong, compare with the owners of the keys, remove "
                    + "'\(session.shown(files.host.rootFile))' and pin again", exitStatus: .refused)
        }
        let newest = DocumentTrail.followed(try files.chain(), pin: pin).last
        var later: (counter: Int, keys: [(name: String, id: String)])?
        if let newest, newest.root != pin.root {
            later = (newest.counter, newest.root.keys.map { (name: $0.name, id: $0.id) })
        }
        return Draft(
            environment: files.name, fingerprint: pin.fingerprint, keys: pin.root.keys.map { ($0.name, $0.id) },
            threshold: pin.root.threshold, source: source, isPinned: isPinned, later: later, files: files, pin: pin)
    }

    package struct Outcome: Sendable {
        package let environment: String
        package let fingerprint: String
        /// Where it was written.
        package let file: String
        /// Whether it was not there before.
        package let isNew: Bool
    }

    /// - Parameters:
    ///   - asked: the fingerprint as the owners of the keys said it; nil where a person has compared it.
    ///   - output: a file for the host; nil to believe it here.
    /// - Throws: ``Failure`` with code `authority.fingerprint` where another one was asked for.
    package static func run(_ draft: Draft, fingerprint asked: String? = nil, output: String? = nil, session: Session)
        throws -> Outcome
    {
        if let asked {
            let plain = asked.hasPrefix("sha256:") ? asked : "sha256:\(asked)"
            guard plain.lowercased() == draft.fingerprint else {
                throw Failure(
                    "authority.fingerprint",
                    "found root keys of '\(draft.environment)' with the fingerprint \(draft.fingerprint), expected "
                        + plain,
                    hint: "fetch the environment's documents again, or ask the owners of the root keys",
                    exitStatus: .refused)
            }
        }
        let text = draft.pin.json.text(.pretty) + "\n"
        if let output {
            try AtomicFile.write(text, to: session.path(output))
            return Outcome(
                environment: draft.environment, fingerprint: draft.fingerprint, file: output, isNew: true)
        }
        let file = draft.files.host.rootFile
        if !draft.isPinned {
            // The record first: whoever believed it is known.
            try session.registry().audit(
                action: "environment.pin", subject: .environment(draft.environment),
                detail: .map(["root": .string(draft.fingerprint), "source": .string(draft.source)]))
            try AtomicFile.write(text, to: file)
        }
        return Outcome(
            environment: draft.environment, fingerprint: draft.fingerprint, file: session.shown(file),
            isNew: !draft.isPinned)
    }
}
