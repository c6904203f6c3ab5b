import Basics

/// Where the trials of one study live. Several processes may use the same study at once; every call is one atomic step.
package protocol StudyStorage: AnyObject {
    /// All trials by number, with those that other processes have made since.
    func trials() throws -> [Trial]
    /// Claims the next number, unless as many trials as `limit` are finished or under way (failed ones do not count).
    ///
    /// - Returns: nil when there is nothing left to begin.
    func begin(limit: Int) throws -> Trial?
    /// Says where a claimed trial looks.
    func propose(_ number: Int, point: Point, tag: Int) throws
    /// Adds a report and says that the worker is alive.
    func report(_ number: Int, _ report: Trial.Report) throws
    func finish(_ number: Int, state: Trial.State, values: [Double]) throws
}

/// A study in the memory of one process.
package final class MemoryStudyStorage: StudyStorage {
    private var all: [Trial] = []
    private var claimed = 0

    package init() {}

    package func trials() -> [Trial] { all }

    package func begin(limit: Int) -> Trial? {
        guard claimed < limit else { return nil }
        claimed += 1
        all.append(Trial(number: all.count))
        return all[all.count - 1]
    }

    package func propose(_ number: Int, point: Point, tag: Int) {
        all[number].point = point
        all[number].tag = tag
    }

    package func report(_ number: Int, _ report: Trial.Report) { all[number].reports.append(report) }

    package func finish(_ number: Int, state: Trial.State, values: [Double]) {
        all[number].state = state
        all[number].values = values
        if state == .failed { claimed -= 1 }
    }
}
