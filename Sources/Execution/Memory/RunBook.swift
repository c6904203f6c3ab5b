package import Basics
package import Deployment

/// Writes when the loop traded: a canary earns its hours by it.
extension BundleInstaller {
    /// The loop has taken bars with a revision until now. Nothing is noted while an operator has halted trading.
    ///
    /// - Parameter begins: whether it did not trade since the last time.
    /// - Throws: ``Failure`` with code `runtime.state`, ``FileError``.
    @discardableResult
    package func noteRun(_ counter: Int, at time: Nanoseconds, begins: Bool = false) throws -> RunMemory {
        var memory = host.view.runs()
        let halts = try host.view.halts()
        guard !halts.isHalted, !Paths.exists(directory.haltFile) else { return memory }
        memory.note(counter, at: max(0, time), halts: halts, begins: begins)
        // Not forced to the disk: the next one is a quarter of a second away.
        guard !Paths.isRealDirectory(directory.runMemory) else { return memory }
        let text = memory.json.text(.pretty) + "\n"
        try AtomicFile.write(to: directory.runMemory, isDurable: false) { try $0.append(text) }
        return memory
    }
}
