import Basics

extension ObjectStore {
    /// The MD5 of every object's content, of those of DVC 2 by its rule; or why it cannot be read.
    func hash(_ objects: [StoredObject], progress: TransferProgress? = nil) throws -> [Result<String, FileError>] {
        let plain = objects.indices.filter { !objects[$0].isLegacy }
        let unreadable = Guarded<[Int: FileError]>([:])
        var copier = BulkCopier(count: plain.count) { (path(objects[plain[$0]].md5), objects[plain[$0]].size) }
        copier.progress = progress
        copier.unreadable = { index, error in
            unreadable.update { $0[index] = error }
            return nil
        }
        let digests = try copier.run(), errors = unreadable.value
        var out = [Result<String, FileError>](repeating: .success(""), count: objects.count)
        for (position, index) in plain.enumerated() {
            out[index] = errors[position].map { .failure($0) } ?? .success(digests[position].hex)
        }
        for index in objects.indices where objects[index].isLegacy {
            let path = path(objects[index].md5, isLegacy: true)
            do { out[index] = .success(try LegacyHash.md5(path)) } catch let error as FileError {
                out[index] = .failure(error)
            }
            progress?.add(files: 1, bytes: objects[index].size)
        }
        return out
    }

    /// Those of the objects that are here with a content that is not what their names say. Reads every byte.
    func damaged(_ objects: [Transfers.Object], progress: TransferProgress? = nil) throws -> [Transfers.Object] {
        let here = objects.filter { Paths.exists(path($0.md5, isLegacy: $0.isLegacy)) }
        let stored = here.map {
            StoredObject(
                md5: $0.md5, isLegacy: $0.isLegacy, size: Paths.size(path($0.md5, isLegacy: $0.isLegacy)) ?? 0,
                lastUse: 0)
        }
        progress?.expect(files: stored.count, bytes: stored.reduce(0) { $0 + $1.size })
        return zip(here, try hash(stored, progress: progress)).filter { object, outcome in
            if case .success(let md5) = outcome { return md5 != object.md5.prefix(32) }
            return true
        }.map(\.0)
    }
}
