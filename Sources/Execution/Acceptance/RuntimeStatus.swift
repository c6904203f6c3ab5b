package import Basics
package import Deployment
import ModelBundles

/// What is in force in an environment, by whose order, and whether trading is halted there. Takes no lock.
package struct RuntimeStatus: Sendable, Equatable {
    /// Its name.
    package var environment: String
    /// SHA-256 of the bundle in force; nil, as the next six, where there is none.
    package var bundle: String?
    /// Of the model.
    package var name: String?
    /// Of the model.
    package var version: Int?
    /// Name of the key that signed.
    package var signer: String?
    /// Position in the revision history.
    package var counter: Int?
    /// SHA-256 of the manifest.
    package var manifest: String?
    /// Of the instruments.
    package var share: Double?
    /// Number of the newest signed document; nil where there is none.
    package var document: Int?
    /// Halted by an operator.
    package var isHalted: Bool
    /// Whether no host's key lies there: what is read here is what lay elsewhere once, and halts nothing there.
    package var isCopy = false
    /// Who halted and why, one line each.
    package var halts: [String] = []
    /// Why what is in force may not open orders; nil where it may.
    package var objection: String?
    /// What gets orders opened again, where the objection does not say it.
    package var wayOn: String?
    /// What an operator should mend.
    package var problems: [String] = []
    /// The first of them.
    package var problem: String? { problems.first }

    /// - Throws: ``ModelBundle/Refusal`` when the bundle in force is not intact, ``Failure``, ``FileError``. An
    ///   environment without pinned root keys is no error: ``problem`` says what to run.
    package init(_ directory: DeploymentDirectory, clock: Clock = .system) throws {
        environment = directory.name
        isHalted = Paths.exists(directory.haltFile)
        isCopy = Paths.exists(directory.rootFile) && !Paths.exists(directory.hostKey)
        halts = HostFile.words(directory.haltFile).split(separator: "\n").map(String.init)
        guard Paths.exists(directory.rootFile) else {
            try readLegacy(directory)
            return
        }
        let view = try HostView(directory), now = clock.now(), history = try view.history()
        // Nil where it may not be read, which is told elsewhere.
        let key = try? SigningKey.read(directory.hostKey).publicKey
        if let key, let lost = try OwnReceipts(view, by: key).missing(in: history) { throw lost }
        let authority: AuthorityEnvelope
        do { (authority, problems) = try view.authority(at: now) } catch let error as Failure
            where error.code == "authority.missing"
        {
            problems = [RuntimeStatus.sentence(error)]
            return
        }
        document = authority.authority.counter
        problems += try [
            HostView.clockProblem(now, seen: view.seen()), view.rememberedHalts().damage, hostProblem(directory),
            key.flatMap { view.unnamed($0, authority.authority) }, history.holeProblem,
        ].compactMap(\.self)
        do { try TrackedByGit.requireNone(directory) } catch let error as Failure {
            problems.append(RuntimeStatus.sentence(error))
        }
        problems += view.blocked()
        if let revision = history.current {
            (bundle, counter, manifest, share) = (
                revision.bundle, revision.counter, revision.manifest, revision.share
            )
        }
        let current: ModelBundle
        do {
            guard let found = try view.current(authority) else {
                problems += RuntimeStatus.notPutBack(history, directory)
                return
            }
            current = found
        } catch let refusal as ModelBundle.Refusal where refusal.reason == .untrustedKey {
            objection = refusal.detail
            wayOn = RuntimeStatus.again("NAME/VERSION", authority.authority, directory)
            return
        }
        show(current)
        objection = Admission(
            environment: view.pin.environment, authority: authority, history: history,
            trail: try view.trail(authority)
        ).objection(inForce: current)
        if objection != nil {
            wayOn = RuntimeStatus.again(
                "\(current.identity.name)/\(current.identity.version)", authority.authority, directory)
        }
        guard let key else { return }
        if objection == nil { objection = try view.dismissed(key, authority) }
        view.orderedElsewhere(current, key).map { problems.append($0) }
    }

    /// For what keys vouched that the document does not know any more.
    private static func again(_ reference: String, _ document: EnvironmentAuthority, _ directory: DeploymentDirectory)
        -> String
    {
        "have it judged and promoted again by keys that document \(document.counter) names: "
            + directory.again(reference)
    }

    /// As after a recovery, before the next look.
    private static func notPutBack(_ history: RevisionHistory, _ directory: DeploymentDirectory) -> [String] {
        history.current.map {
            [
                "found nothing in force, and revision \($0.counter) in the memory: it does not trade yet; have it put "
                    + "back: hftml-runtime accept \(directory.directory)"
            ]
        } ?? []
    }

    /// Why this host can sign nothing.
    private func hostProblem(_ directory: DeploymentDirectory) throws -> String? {
        guard !Paths.exists(directory.hostKey) else { return nil }
        do { _ = try TradingHost(directory) } catch let error as Failure { return RuntimeStatus.sentence(error) }
        return nil
    }

    /// A directory of the time before there were signed documents: read, and nothing more.
    private mutating func readLegacy(_ directory: DeploymentDirectory) throws {
        do { _ = try HostView(directory) } catch let error as Failure { problems = [RuntimeStatus.sentence(error)] }
        guard let file = try? HostFile.read(directory.current, most: ModelBundle.mostBytes) else { return }
        show(
            try ModelBundle.verify(
                file.bytes, trusted: try TrustedKeys(directory: directory.trusted)))
    }

    private mutating func show(_ bundle: ModelBundle) {
        (self.bundle, name, version) = (bundle.digest, bundle.identity.name, bundle.identity.version)
        signer = bundle.signer.name
    }

    private static func sentence(_ error: Failure) -> String {
        error.message + (error.hint.map { "; \($0)" } ?? "")
    }

    /// What `status --json` prints.
    package var json: JSONValue {
        .map([
            "schemaVersion": .int(1), "environment": .string(environment), "bundle": .string(bundle),
            "name": .string(name), "version": version.map { .int($0) } ?? .null, "signer": .string(signer),
            "halted": .bool(isHalted), "counter": counter.map { .int($0) } ?? .null, "manifest": .string(manifest),
            "share": .double(share), "document": document.map { .int($0) } ?? .null, "halts": .strings(halts),
            "objection": .string(objection), "problem": .string(problem),
            "problems": .strings(problems),
        ])
    }

    /// One line for people, and one for each thing that keeps it from trading; words of others as they are.
    package var lines: [String] {
        var what = "no bundle"
        if let name, let version, let signer { what = "\(name)/\(version) signed by \(signer)" }
        if let counter { what += ", revision \(counter)" }
        if let share, share < 1 { what += ", share \(share)" }
        if objection != nil { what += ", opens no orders" }
        if isCopy {
            what += ", a copy without a host's key" + (isHalted ? ", halted here and nowhere else" : "")
        } else if isHalted {
            what += ", HALTED"
        }
        return ["\(environment): \(what)"] + halts.map { "halted: \($0)" }
            + (objection.map { ["no orders: \($0)" + (wayOn.map { "; \($0)" } ?? "")] } ?? [])
            + problems.map { "to mend: \($0)" }
    }
}
