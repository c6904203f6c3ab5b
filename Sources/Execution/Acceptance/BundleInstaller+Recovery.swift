import Basics
package import Deployment
import ModelBundles

/// What the next look does after a process was stopped between two steps of an installation.
extension BundleInstaller {
    /// Ends what a process that was stopped began, and puts the bundle in force back where its file was taken away or
    /// damaged: a rollback has to pass.
    ///
    /// - Parameter problems: where something was put back, one more.
    func recover(_ authority: AuthorityEnvelope, _ problems: inout [String]) throws -> [Receipt] {
        let history = try host.view.history()
        // Never an older bundle over a newer one, which may be the only copy.
        let keys = TrustedKeys(try host.view.trail(authority).keys)
        if let ahead = host.view.ahead(of: history, keys, for: host.key.publicKey.id) {
            throw host.view.damaged(
                "found revision \(ahead.order.counter) in force, and an installed/state.json that ends at "
                    + "\(history.lastCounter)")
        }
        let unfinished = try unfinished(after: history.lastCounter)
        guard let last = history.current else {
            try unfinished.forEach(Paths.remove)
            return []
        }
        let inForce = digest(directory.current)
        if inForce != last.bundle {
            let kept = try? HostFile.read(directory.revision(last.counter), most: ModelBundle.mostBytes)
            guard let bytes = kept?.bytes, Digest.sha256(bytes) == last.bundle else {
                throw host.view.damaged(
                    "found revision \(last.counter) neither in force nor in installed/history",
                    next: "bring its bundle (\(last.bundle.prefix(12))) back from a backup: cp BUNDLE "
                        + directory.revision(last.counter))
            }
            // What came in force after the newest revision says that this memory is the older one.
            guard inForce == nil || !unfinished.contains(where: { digest($0) == inForce }) else {
                throw host.view.damaged("found another bundle in force than the one that installed/state.json names")
            }
            // Only a stop between two steps leaves the revision before, or nothing before the first, in force.
            if inForce != history.revisions.dropLast().last?.bundle {
                let what = Paths.exists(directory.current) ? "damaged" : "gone"
                problems.append(
                    "found installed/current.hftbundle \(what): revision "
                        + "\(last.counter) was put back from installed/history; look for the cause")
            }
            guard !Paths.isRealDirectory(directory.current) else {
                throw host.view.damaged(
                    "found a directory in the place of installed/current.hftbundle",
                    next: "move it away: mv \(directory.current) \(directory.current).aside")
            }
            try AtomicFile.write(bytes, to: directory.current)
        }
        try unfinished.forEach(Paths.remove)
        guard !host.hasReceipt(TradingHost.receiptName(last.counter, bundle: last.bundle), of: last.bundle) else {
            return []
        }
        let replaced = replaced(by: last, history), trail = try host.view.trail(authority)
        // A key that was taken out of the document meanwhile is no reason to say nothing.
        guard
            let bundle = try? ModelBundle.verify(
                try FileChunks.bytes(directory.current), trusted: TrustedKeys(trail.keys)),
            let order = bundle.terms.flatMap({ try? DeploymentOrder($0.deployment) })
        else {
            return [
                try host.write(
                    Receipt(
                        environment: directory.name, outcome: last.action == .rollback ? .rolledBack : .installed,
                        bundle: last.bundle, counter: last.counter, manifest: last.manifest, time: last.time,
                        replaced: replaced), as: TradingHost.receiptName(last.counter, bundle: last.bundle))
            ]
        }
        return [
            try writeReceipt(
                of: bundle, order, replaced: replaced, at: last.time, emergency: trail.emergency(at: last.time))
        ]
    }

    /// What a revision took out of force. Over a hole nobody knows, and nothing is signed of it.
    private func replaced(by last: RevisionHistory.Revision, _ history: RevisionHistory) -> String? {
        let before = history.revisions.last { $0.counter < last.counter }
        let isOverHole = history.unknown.contains {
            $0.lowerBound > before?.counter ?? 0 && $0.upperBound < last.counter
        }
        return isOverHole ? nil : before?.bundle
    }

    /// Nil for what is no file to read.
    private func digest(_ path: String) -> String? {
        (try? HostFile.read(path, most: ModelBundle.mostBytes)).map { Digest.sha256($0.bytes) }
    }

    /// Bundles that were kept and never came into force.
    ///
    /// - Throws: ``Failure`` with code `runtime.state` where this host has signed that one of them did: its memory is
    ///   older than it is.
    private func unfinished(after counter: Int) throws -> [String] {
        guard Paths.isDirectory(directory.history) else { return [] }
        let own = OwnReceipts(host)
        return try Paths.entries(directory.history, isLenient: true).compactMap { name in
            guard name.hasSuffix(".hftbundle"), let number = Int(name.dropLast(".hftbundle".count)), number > counter
            else { return nil }
            let path = Paths.join(directory.history, name)
            guard let bundle = digest(path) else { return nil }
            let name = TradingHost.receiptName(number, bundle: bundle)
            if let found = try own.found(name), found.receipt.bundle == bundle {
                throw own.lost(found, name, "and an installed/state.json that ends at \(counter)")
            }
            return path
        }
    }
}

extension Receipt {
    /// One line for people, which says where it was signed after what it tells of.
    ///
    /// - Parameter late: receipts that were.
    package func text(late: [Receipt]) -> String {
        late.contains(self) ? "signed anew, of \(TimeText.seconds(time)): \(text)" : text
    }
}
