import Basics

extension LabelKind {
    /// 1 or −1 for the side whose barrier the mid reaches first within the horizon, else 0 (López de Prado 2018,
    /// ch. 3). Both barriers stand `barrierBps` basis points from the mid of the event.
    package static let tripleBarrier = LabelKind(
        "triple-barrier", "the side whose barrier the mid reaches first within the horizon, or none",
        classes: directions, keys: ["barrierBps"],
        read: { label, reader in label.barrierBps = try reader.double("barrierBps", in: 1e-6...10_000) },
        write: { [("barrierBps", .double($0.barrierBps))] },
        move: { label, mids, t in
            let width = mids[t] * label.barrierBps / 10_000
            for later in t + 1...t + label.horizon {
                if mids[later] >= mids[t] + width { return 1 }
                if mids[later] <= mids[t] - width { return -1 }
            }
            return 0
        })
}
