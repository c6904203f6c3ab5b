import Basics
import Deployment
import ModelBundles
import Registry

extension RollBack {
    /// The revision history as this machine can tell it: from receipts that hosts signed, and from the host's own store
    /// of bundles.
    struct Line {
        let files: EnvironmentFiles
        let receipts: EnvironmentReceipts
        let bundles: DeployedBundles
        let history: RevisionHistory
        /// What the host itself has, where that is less or something else: it came back from an older copy.
        let behind: RevisionHistory?
        /// What is in force, where an earlier rollback had taken it out and the host does not know that any more.
        private let forgotten: ForgottenRollback?
        /// `NAME/VERSION` of revisions, by their counters.
        private(set) var references: [Int: String] = [:]
        /// Receipts by their counters.
        private var byCounter: [Int: Receipt] = [:]
        /// Numbers on record that the host never had: another was in its place.
        private let beyond: Set<Int>

        init(_ files: EnvironmentFiles, session: Session) throws {
            self.files = files
            receipts = try EnvironmentReceipts(files, session: session)
            bundles = DeployedBundles(files: files, session: session)
            let reach = try HostReach(files, receipts, bundles)
            var revisions: [RevisionHistory.Revision] = [], references: [Int: String] = [:], beyond: Set<Int> = []
            for receipt in receipts.inForce {
                guard let counter = receipt.counter, let manifest = receipt.manifest,
                    byCounter.updateValue(receipt, forKey: counter) == nil
                else { continue }
                let terms = try bundles.bytes(receipt).flatMap(bundles.terms)
                let isRollback =
                    receipt.outcome == .rolledBack || (terms?.counter == counter && terms?.isRollback == true)
                references[counter] = terms?.reference ?? receipt.reference
                if !reach.holds(receipt, signedBy: receipts.signer(of: receipt)) { beyond.insert(counter) }
                // Without the bundle, what it holds is told apart by its manifest.
                revisions.append(
                    RevisionHistory.Revision(
                        counter: counter, action: isRollback ? .rollback : .promote, bundle: receipt.bundle,
                        manifest: manifest, weights: terms?.weights ?? manifest,
                        strategy: terms?.strategy ?? manifest, share: terms?.share ?? 1, time: receipt.time))
            }
            let kept = try bundles.kept().map { digest, terms in
                references[terms.counter] = references[terms.counter] ?? terms.reference
                return RevisionHistory.Revision(digest, terms)
            }
            let told = Set(byCounter.keys)
            revisions += kept.filter { !told.contains($0.counter) }
            let all = RevisionHistory(revisions)
            if let newest = all.current?.counter { beyond.remove(newest) }
            history = RevisionHistory(
                revisions.filter { !beyond.contains($0.counter) }, halts: receipts.halts)
            self.beyond = beyond
            behind =
                switch receipts.standing {
                case .behind(let terms):
                    RevisionHistory(kept.filter { $0.counter <= terms?.counter ?? 0 }, halts: receipts.halts)
                case .forked(let terms, _):
                    RevisionHistory(kept.filter { $0.counter <= terms.counter }, halts: receipts.halts)
                case .reports(let counter, _):
                    RevisionHistory(history.revisions.filter { $0.counter <= counter }, halts: receipts.halts)
                case .asRecorded, .forgetful, .recovered, .foreign: nil
                }
            let newest = history.current?.counter
            forgotten = ForgottenRollback(receipts).flatMap { $0.counter == newest ? $0 : nil }
            self.references = references
        }

        /// Whether the host has what the record has, as far as anybody can tell.
        var hasWholeHistory: Bool {
            if case .forgetful = receipts.standing { return false }
            return behind == nil
        }

        /// What led to what is in force, oldest first, as far as a rollback that names nothing may go back along it: a
        /// host that has forgotten a rollback does not reach what came in force after it.
        var way: [RevisionHistory.Revision] {
            let before = history.path.dropLast()
            return forgotten.map { before.filter($0.isBefore) } ?? Array(before)
        }

        /// What is in force at the host, as far as anybody can tell.
        var atHost: RevisionHistory { behind ?? history }

        /// - Parameter name: a counter, or a version, of which the newest revision counts; nil for the last different
        ///   version that no rollback has left; at a host that came back from an older copy for what the record has in
        ///   force.
        /// - Throws: ``Failure`` with code `rollback.none` or `rollback.unknown`.
        func target(_ name: String?) throws -> RevisionHistory.Revision {
            var counter: Int?
            if let name {
                counter = Int(name) ?? references.filter { $0.value == name }.keys.max()
                guard counter != nil else {
                    throw Failure(
                        "rollback.unknown", "found no revision of '\(name)' in the history of '\(files.name)'",
                        hint: "see: hftml deployments list --environment \(files.name)", exitStatus: .refused)
                }
            }
            // It looks into no inbox: an order would only wait.
            if case .forgetful = receipts.standing, let newest = receipts.inForce.last,
                let problem = receipts.standing.problem(files, newest: newest)
            {
                throw problem
            }
            if let behind { return try target(counter, at: behind) }
            if counter == nil, let forgotten {
                guard let last = way.last else { throw forgotten.problem(files) }
                return last
            }
            do { return try history.rollbackTarget(to: counter) } catch let failure as Failure {
                throw refusal(failure, counter)
            }
        }

        /// What a rollback that names nothing goes to. Where a host came back from an older copy, and somebody wants
        /// out what the record has, that is the last revision before it that this host can go back to: what is wanted
        /// out would be put in force, and would answer the very rollback that was to take it out.
        ///
        /// - Parameter bundle: SHA-256 of the bundle that is being taken out; nil for whatever is in force.
        /// - Throws: ``Failure`` with code `rollback.none`.
        func ownTarget(_ rejected: RejectedRevisions, _ bundle: String?) throws -> RevisionHistory.Revision {
            if hasWholeHistory, let latest = rejected.latestOther() { return latest }
            guard let behind, let newest = history.current, let why = try unwanted(newest, bundle) else {
                return try target(nil)
            }
            let running = behind.current?.manifest
            let last = rejected.latestOther { $0.manifest == running || behind.leadsBack(to: $0.manifest) }
            guard let last, last.manifest != running else {
                throw outOfReach(last ?? newest, unwanted: why, at: behind)
            }
            return last
        }

        /// Why nobody is to put back what the record has; nil where nothing speaks against it.
        private func unwanted(_ newest: RevisionHistory.Revision, _ bundle: String?) throws -> String? {
            if newest.bundle == bundle { return "it is being taken out" }
            do {
                return try UnwantedRecord.reason(files, receipts, session: bundles.session)
            } catch is any UserFacingError {
                // People are weighed by a document: junk in its place stops nobody from going back.
                return try UnwantedRecord.ordered(files, receipts, session: bundles.session)
            }
        }

        /// Where nothing is to go back to: what stops trading, and what the host never had.
        private func refusal(_ failure: Failure, _ counter: Int?) -> Failure {
            let stop = "hftml-runtime halt \(Inbox.word(files.host.directory)) --by PERSON --reason TEXT"
            let flags = "--to \(files.name) --key KEY --features FILE --strategy FILE"
            if let counter, beyond.contains(counter) {
                let name = references[counter]
                return Failure(
                    "rollback.none",
                    "cannot roll back: the host of '\(files.name)' never had revision \(counter)"
                        + (name.map { " (\($0))" } ?? "") + ", which another host had in its place",
                    hint: "promote it: hftml promote \(name ?? "NAME/VERSION") \(flags); or stop trading: \(stop)",
                    exitStatus: .refused)
            }
            guard failure.code == "rollback.none" else {
                return Failure(failure.code, failure.message, hint: failure.hint, exitStatus: .refused)
            }
            let elsewhere =
                beyond.isEmpty ? "" : "; what came before was in force at another host, and never at this one"
            return Failure(
                failure.code, failure.message + elsewhere,
                hint: "stop trading instead: \(stop); or promote another version: hftml promote NAME/VERSION \(flags)",
                exitStatus: .refused)
        }

        /// At a host that knows less than the record has.
        private func target(_ counter: Int?, at host: RevisionHistory) throws -> RevisionHistory.Revision {
            guard let wanted = counter.map({ history[$0] }) ?? history.current else {
                throw Failure(
                    "rollback.unknown", "found no revision \(counter ?? 0) in the history of '\(files.name)'",
                    hint: "see: hftml deployments list --environment \(files.name)", exitStatus: .refused)
            }
            guard host.leadsBack(to: wanted.manifest) else { throw outOfReach(wanted, unwanted: nil, at: host) }
            return wanted
        }

        /// What the host does not know any more, or what somebody wants out, comes back by no rollback: a promotion
        /// puts in force what is to run.
        private func outOfReach(_ wanted: RevisionHistory.Revision, unwanted: String?, at host: RevisionHistory)
            -> Failure
        {
            let standing = receipts.standing, reference = references[wanted.counter] ?? "NAME/VERSION"
            let isThere = wanted.manifest == host.current?.manifest
            let state = standing.isEmpty ? "has nothing in force" : "came back from an older copy"
            let why =
                isThere
                ? "revision \(wanted.counter) is what runs at the host of '\(files.name)', and not what the record has"
                : "the host of '\(files.name)' \(state), and "
                    + (unwanted == nil
                        ? "nothing that it knows leads to revision \(wanted.counter)"
                        : "knows nothing before revision \(wanted.counter) that nobody wants out")
            let problem = receipts.inForce.last.flatMap { standing.problem(files, newest: $0, unwanted: unwanted) }
            return Failure(
                "rollback.none", "cannot roll back: \(why)",
                hint: (unwanted == nil ? nil : problem?.hint)
                    ?? (isThere ? "promote it, so that the record has it: " : "promote it again: ")
                        + "hftml promote \(reference) --to \(files.name) --key KEY --features FILE --strategy FILE",
                exitStatus: .refused)
        }

        /// The bytes of a revision's bundle; nil where nobody has them any more.
        func bytes(_ revision: RevisionHistory.Revision) throws -> [UInt8]? {
            let path = files.host.revision(revision.counter)
            if let bytes = try? SmallFile.bytes(path, most: ModelBundle.mostBytes),
                bundles.terms(bytes)?.manifest == revision.manifest
            {
                return bytes
            }
            return try byCounter[revision.counter].flatMap { try bundles.bytes($0) }
        }
    }
}
