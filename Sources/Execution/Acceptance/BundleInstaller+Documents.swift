import Basics
import Deployment
import Foundation
import ModelBundles

/// Signed documents on their way: `inbox/*.authority.json`.
extension BundleInstaller {
    /// Accepts newer documents, in name order; what was accepted or says nothing new is taken out of the inbox.
    func takeDocuments() throws -> [Receipt] {
        var receipts: [Receipt] = []
        for name in try entries(".authority.json") {
            let path = Paths.join(directory.inbox, name)
            switch Result(catching: { () throws(HostFile.Problem) in
                try HostFile.read(path, most: HostView.mostDocumentBytes)
            }) {
            case .failure(.missing): continue
            case .failure(let problem):
                if let receipt = try passOver(name, problem) { receipts.append(receipt) }
            case .success(let file):
                if let receipt = try takeDocument(file, name) { receipts.append(receipt) }
            }
        }
        return receipts
    }

    private func takeDocument(_ file: HostFile, _ name: String) throws -> Receipt? {
        let time = clock.now(), digest = Digest.sha256(file.bytes)
        do {
            let document = try AuthorityEnvelope(String(decoding: file.bytes, as: UTF8.self))
            let before = try known(at: time)
            try keepDocument(
                try AuthorityEnvelope.newest([document], pin: host.view.pin, accepted: before, at: time))
            try file.remove(Paths.join(directory.inbox, name))
            return nil
        } catch let refusal as any UserFacingError where !(refusal is FileError) {
            try reject(file, name, as: "\(digest.prefix(16)).authority.json")
            return try host.write(
                Receipt(
                    environment: directory.name, outcome: .refused, bundle: digest,
                    reason: BundleInstaller.reason(refusal), time: time))
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
    func keepDocument(_ authority: AuthorityEnvelope) throws {
        let text = authority.envelope.text + "\n"
        let own = Paths.join(directory.documents, "\(authority.authority.counter).json")
        for path in [own, directory.acceptedAuthority] {
            if Paths.exists(path), try FileChunks.text(path) == text { continue }
            try AtomicFile.write(text, to: path)
        }
    }

    /// What lies in the inbox and beside it, as far as a look depends on it: where this is as it was before the last
    /// look, another gives nothing new. Costs one listing and a few `stat`.
    package func marks() -> [String] {
        let names =
            (try? entries(".hftbundle") + entries(".authority.json") + entries(ReceiptsTaken.suffix)) ?? ["?"]
        return (names.map { Paths.join(directory.inbox, $0) } + [directory.authorityFile, directory.acceptedAuthority])
            .map { path in
                var info = stat()
                guard lstat(path, &info) == 0 else { return path }
                return "\(path) \(info.st_ino) \(info.st_size) \(info.st_mtim.tv_sec).\(info.st_mtim.tv_nsec)"
            }
    }
}
