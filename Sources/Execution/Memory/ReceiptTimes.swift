import Basics
import Deployment
import ModelBundles
import Synchronization

/// The latest time that a host's own receipts say. A trading loop asks between two bars, however many receipts lie
/// there, so each is read once as long as this lives.
final class ReceiptTimes: Sendable {
    private struct Read {
        /// Of the names that were read and still lie there: eight bytes for each.
        var names: Set<Int> = []
        var latest: Nanoseconds = 0
        /// What did not count when they were read.
        var disowned: DisownedTime?
    }

    private let read = Mutex(Read())

    /// - Parameters:
    ///   - key: of the host; what another signed says nothing.
    ///   - disowned: what counts for no time; where it is another than before, all is read again.
    /// - Throws: ``FileError`` where nobody can tell what lies there.
    func latest(_ directory: DeploymentDirectory, by key: PublicKey, _ disowned: DisownedTime?) throws -> Nanoseconds {
        guard Paths.isDirectory(directory.receipts) else { return 0 }
        let names = try Paths.entries(directory.receipts, isLenient: true).filter { $0.hasSuffix(".json") }
        return read.withLock { read in
            if read.disowned != disowned { read = Read(disowned: disowned) }
            let before = read.names
            read.names = Set(names.map(\.hashValue).filter(before.contains))
            // The latest names first: what is no later than they are costs no signature's check.
            for name in names.reversed() where !before.contains(name.hashValue) {
                let path = Paths.join(directory.receipts, name)
                // What cannot be read now may be next time.
                guard let file = try? HostFile.read(path, most: ReceiptsTaken.mostBytes) else { continue }
                read.names.insert(name.hashValue)
                guard
                    let claimed = try? Receipt.read(file.bytes, hosts: [], in: path).receipt,
                    claimed.time > read.latest, claimed.environment == directory.name,
                    disowned?.covers(claimed) != true,
                    let found = try? Receipt.read(file.bytes, hosts: [key], in: path), found.host != nil
                else { continue }
                read.latest = claimed.time
            }
            return read.latest
        }
    }
}
