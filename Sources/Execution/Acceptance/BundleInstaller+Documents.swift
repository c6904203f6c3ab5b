import Basics
import Deployment
import ModelBundles

/// Signed documents on their way: `inbox/*.authority.json`.
extension BundleInstaller {
    /// Accepts newer documents; what was accepted or says nothing new is taken out of the inbox.
    func takeDocuments(_ look: inout Look) throws {
        let suffix = ".authority.json", names = try entries(suffix)
        guard !names.isEmpty else { return }
        let newest = try host.view.accepted().newest?.authority.counter ?? 0
        try work(
            through: suffix, inDocumentOrder(names, suffix, after: newest), most: HostView.mostDocumentBytes, &look
        ) { file, time in
            // What is wrong with the documents that this host has is no reason to refuse a new one.
            let before = try known(at: time)
            let document = try AuthorityEnvelope(String(decoding: file.bytes, as: UTF8.self))
            try keepDocument(
                try AuthorityEnvelope.newest([document], pin: host.view.pin, accepted: before, at: time), at: time)
            return []
        }
    }

    /// The next ones first, as they are delivered (`COUNTER.authority.json`), in the order of their numbers: each
    /// follows from the one before. Then the name that errors tell people, then the rest: a flood holds up none.
    private func inDocumentOrder(_ names: [String], _ suffix: String, after newest: Int) -> [String] {
        let places = names.map { name -> (kind: Int, number: Int, name: String) in
            let stem = name.dropLast(suffix.count)
            if let number = Int(stem), number > newest, number - newest <= Self.most.answers / 2 {
                return (0, number, name)
            }
            return (stem == directory.name ? 1 : 2, 0, name)
        }
        return places.sorted { $0 < $1 }.map(\.name)
    }

    /// The newest document without the inbox; nil where there is none yet. Whatever lies beside the host's things, what
    /// it has accepted is where a new one begins: also where two of one number stop everything, which the next ends.
    ///
    /// - Throws: ``Failure`` with code `runtime.state`, ``FileError``.
    private func known(at time: Nanoseconds) throws -> AuthorityEnvelope? {
        do { return try host.view.authority(at: time).newest } catch let error as Failure
            where error.code != "runtime.state"
        {
            return try host.view.accepted().newest
        }
    }

    /// Remembers a document, so that no older one comes back, and its keys for what is rolled back to later.
    func keepDocument(_ authority: AuthorityEnvelope, at now: Nanoseconds) throws {
        let text = authority.envelope.text + "\n", accepted = directory.acceptedAuthority
        let own = Paths.join(directory.documents, "\(authority.authority.counter).json")
        // The first document is no news of the time: none was accepted that it could follow. Neither is one that was
        // accepted before, and comes back over an older copy.
        if !Paths.exists(own) || Paths.isRealDirectory(own), let before = try host.view.accepted().newest,
            before.digest != authority.digest
        {
            try believe(authority.authority, at: now)
        }
        // The one that counts first: stopped in between, the list lacks it, which the next look mends.
        for path in [accepted, own] where HostFile.words(path) != text && !Paths.isRealDirectory(path) {
            try AtomicFile.write(text, to: path)
        }
    }
}
