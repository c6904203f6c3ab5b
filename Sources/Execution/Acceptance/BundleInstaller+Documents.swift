import Basics
import Deployment
import ModelBundles

/// Signed documents on their way: `inbox/*.authority.json`.
extension BundleInstaller {
    /// Accepts newer documents, in name order; what was accepted or says nothing new is taken out of the inbox.
    func takeDocuments() throws -> [Receipt] {
        try work(through: ".authority.json", most: HostView.mostDocumentBytes) { file, time in
            let document = try AuthorityEnvelope(String(decoding: file.bytes, as: UTF8.self))
            let before = try known(at: time)
            try keepDocument(
                try AuthorityEnvelope.newest([document], pin: host.view.pin, accepted: before, at: time), at: time)
            return []
        }
    }

    /// The newest document without the inbox; nil where there is none yet.
    private func known(at time: Nanoseconds) throws -> AuthorityEnvelope? {
        do { return try host.view.authority(at: time).newest } catch let error as Failure
            where error.code == "authority.missing"
        {
            return nil
        }
    }

    /// Remembers a document, so that no older one comes back, and its keys for what is rolled back to later.
    func keepDocument(_ authority: AuthorityEnvelope, at now: Nanoseconds) throws {
        let text = authority.envelope.text + "\n", accepted = directory.acceptedAuthority
        let own = Paths.join(directory.documents, "\(authority.authority.counter).json")
        // The first document is no news of the time: none was accepted that it could follow. Neither is one that was
        // accepted before, and comes back over an older copy.
        if Paths.exists(accepted), !Paths.exists(own), HostFile.words(accepted) != text {
            try host.view.set(by: authority.authority, at: now)
        }
        // The one that counts first: stopped in between, the list lacks it, which the next look mends.
        for path in [accepted, own] {
            if HostFile.words(path) == text { continue }
            try AtomicFile.write(text, to: path)
        }
    }
}
