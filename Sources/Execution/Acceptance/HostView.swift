package import Basics
package import Deployment
package import ModelBundles

/// What anybody may read of a trading host's environment: documents, history and the bundle in force.
package struct HostView: Sendable {
    /// Where it lies.
    package let directory: DeploymentDirectory
    /// The root keys that this host believes.
    package let pin: RootPin
    /// The largest document that is read, in bytes.
    static let mostDocumentBytes = 1 << 20

    /// - Throws: ``Failure`` with code `runtime.no-root` where no root keys are pinned, `runtime.other-environment`
    ///   where they are pinned for another; ``FileError``, ``ConfigError``.
    package init(_ directory: DeploymentDirectory) throws {
        self.directory = directory
        guard Paths.exists(directory.rootFile) else {
            throw Failure(
                "runtime.no-root",
                "found no root keys pinned in '\(directory.name)', so nothing says who may put bundles in force here",
                hint: HostView.pinHint(directory))
        }
        pin = try RootPin.read(directory.rootFile)
        guard pin.environment == directory.name else {
            throw Failure(
                "runtime.other-environment",
                "found root keys of '\(pin.environment)' pinned in an environment that calls itself "
                    + "'\(directory.name)'",
                hint: "give it back its name in runtime.json: \"name\": \"\(pin.environment)\"")
        }
    }

    /// Where signed documents lie beside it, the environment is there, and this host, or the one before it, was lost.
    private static func pinHint(_ directory: DeploymentDirectory) -> String {
        let place = directory.directory
        guard Paths.exists(directory.authorityFile) else {
            return "make the environment's document with: hftml environments init \(directory.name) --policy POLICY; "
                + "pin its root here with: hftml-runtime init \(place) --root FILE"
        }
        return
            "its signed documents lie here; write their root keys into a file, in the project: hftml environments pin "
            + "\(directory.name) -o root.json; then, here: hftml-runtime init \(place) --root root.json --name "
            + "\(directory.freeHostName); and name that host in environment.yaml in the place of the one that is lost"
    }

    // MARK: Documents

    /// The newest document, and what an operator should look at: why another that lies beside this host's things is not
    /// it, and what became of those that were accepted.
    ///
    /// What was accepted before is where the look begins, so an older document never comes back. A document that waits
    /// for signatures, or is only half copied, stops nothing that was accepted before.
    ///
    /// - Throws: ``Failure`` with code `authority.missing` or what is wrong with the only one; `authority.fork` for two
    ///   documents of one number; `runtime.state` where nothing that was accepted can be read.
    package func authority(at now: Nanoseconds) throws -> (newest: AuthorityEnvelope, problems: [String]) {
        let (accepted, told) = try accepted()
        var newest = accepted, problem: (any UserFacingError)?, links: [AuthorityEnvelope] = []
        var fork: (error: Failure, number: Int)?
        for file in try tracked() {
            do { links.append(try document(file)) } catch let error as any UserFacingError { problem = error }
        }
        for link in links.sorted(by: { $0.authority.counter < $1.authority.counter }) {
            do {
                newest = try AuthorityEnvelope.newest(
                    [link], pin: pin, accepted: newest, isFollowingHistory: accepted == nil, at: now)
            } catch let error as Failure {
                if error.code == "authority.fork" { fork = (error, link.authority.counter) }
                problem = error
            }
        }
        // A later one, by root keys of the one that was accepted, says which of the two goes on.
        if let fork, (newest?.authority.counter ?? 0) <= fork.number { throw fork.error }
        guard let newest else {
            if let problem { throw problem }
            return (try AuthorityEnvelope.newest([], pin: pin, accepted: nil, at: now), [])
        }
        return (newest, told + (problem.map { ["\($0.code): \($0.message)"] } ?? []))
    }

    /// The documents up to the newest: what this host has accepted, and what lies beside its things.
    package func trail(_ newest: AuthorityEnvelope) throws -> DocumentTrail {
        let kept =
            Paths.isDirectory(directory.documents)
            ? try Paths.entries(directory.documents).filter { $0.hasSuffix(".json") }.map {
                Paths.join(directory.documents, $0)
            } : []
        return DocumentTrail(try (kept + tracked()).compactMap { try? document($0) }, pin: pin, newest: newest)
    }

    /// Files of documents that lie here.
    func tracked() throws -> [String] {
        let chain =
            Paths.isDirectory(directory.authorityChain)
            ? try Paths.entries(directory.authorityChain).filter { $0.hasSuffix(".json") }.map {
                Paths.join(directory.authorityChain, $0)
            } : []
        return chain + (Paths.exists(directory.authorityFile) ? [directory.authorityFile] : [])
    }

    /// - Throws: ``Failure`` with code `authority.unreadable`.
    func document(_ path: String) throws -> AuthorityEnvelope {
        do {
            let file = try HostFile.read(path, most: HostView.mostDocumentBytes)
            return try AuthorityEnvelope(String(decoding: file.bytes, as: UTF8.self))
        } catch let problem as HostFile.Problem {
            throw unreadable(path, problem.words)
        } catch let error as any UserFacingError {
            throw unreadable(path, error.message)
        }
    }

    private func unreadable(_ path: String, _ problem: String) -> Failure {
        Failure(
            "authority.unreadable", "found no document of an environment in '\(path)': \(problem)",
            hint: "copy the environment's authority.json there again")
    }

    // MARK: Bundles

    /// A bundle in force that the memory does not reach.
    struct Ahead {
        let bytes: [UInt8]
        /// SHA-256 of the bytes.
        let digest: String
        let order: DeploymentOrder
        let terms: ModelBundle.Terms
    }

    /// The bundle in force, where a key of the environment ordered it for a host under a number above all that a memory
    /// knows of: the memory is the older one then.
    ///
    /// - Parameter host: ID of the host's key.
    func ahead(of history: RevisionHistory, _ keys: TrustedKeys, for host: String) -> Ahead? {
        guard let file = try? HostFile.read(directory.current, most: ModelBundle.mostBytes),
            let terms = try? ModelBundle.verify(file.bytes, trusted: keys).terms,
            let order = try? DeploymentOrder(terms.deployment), order.environment == directory.name,
            order.counter > history.spentCounter, order.host.map({ $0 == host }) ?? true
        else { return nil }
        return Ahead(bytes: file.bytes, digest: Digest.sha256(file.bytes), order: order, terms: terms)
    }

    /// The bundle in force, verified with the keys of the documents up to one, or nil if there is none. Whether it may
    /// trade is ``Admission/objection(inForce:)``'s question.
    ///
    /// - Throws: ``ModelBundle/Refusal`` when it is not intact or its key is not known any more, ``Failure`` with code
    ///   `runtime.state` when it is not the one that the history names, ``FileError``.
    package func current(_ authority: AuthorityEnvelope) throws -> ModelBundle? {
        guard let bytes = try bytes(directory.current, most: ModelBundle.mostBytes) else { return nil }
        let bundle = try ModelBundle.verify(bytes, trusted: TrustedKeys(try trail(authority).keys))
        guard bundle.digest == (try history().current?.bundle) else {
            throw damaged(
                "found another bundle in force than the one that installed/state.json names",
                next: "have it put back, or told what is older: hftml-runtime accept \(directory.directory)")
        }
        return bundle
    }
}

extension HostFile.Problem {
    /// In a sentence.
    var words: String {
        switch self {
        case .missing: "found no such file"
        case .unreadable(let what): what
        }
    }
}
