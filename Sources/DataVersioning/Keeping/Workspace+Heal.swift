import Basics

extension Workspace {
    /// Fetches again what is damaged in the cache, from the remote that the data belongs to. The damaged object stays
    /// until a whole one takes its place.
    ///
    /// - Returns: how many objects came.
    package func heal(
        _ data: [TrackedData], remote: String? = nil, jobs: Int? = nil, progress: TransferProgress? = nil
    ) throws -> Int {
        var count = 0
        for (name, items) in grouped(data, remote) {
            guard name != nil else { continue }
            var damaged: [Transfers.Object] = []
            for item in items {
                let objects: [Transfers.Object]
                do { objects = try self.objects(of: [item]) } catch is ObjectStore.StoreError {
                    // The listing itself.
                    objects = [Transfers.Object(md5: item.entry.md5, isLegacy: item.entry.isLegacy, name: item.path)]
                }
                damaged += try store.damaged(objects, progress: progress)
            }
            if damaged.isEmpty { continue }
            let transfers = Transfers(store: store, remote: try settings.remote(name).open(jobs: jobs))
            count += try transfers.fetch(damaged, isReplacing: true, progress: progress).count
        }
        return count
    }
}
