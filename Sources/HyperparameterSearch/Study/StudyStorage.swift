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
    /// Adds a report and says that the worker is alive. Reports are kept by step; the same step again replaces it.
    func report(_ number: Int, _ report: Trial.Report) throws
    /// Ends a trial that is under way; one that has ended stays as it ended.
    func finish(_ number: Int, state: Trial.State, values: [Double]) throws
}

/// A study in the memory of one process.
package final class MemoryStudyStorage: StudyStorage {
    private var all: [Trial] = []
    private var claimed = 0

    /// No trials.
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

    package func report(_ number: Int, _ report: Trial.Report) {
        var reports = all[number].reports.filter { $0.step != report.step }
        reports.insert(report, at: reports.firstIndex { $0.step > report.step } ?? reports.endIndex)
        all[number].reports = reports
    }

    package func finish(_ number: Int, state: Trial.State, values: [Double]) {
        guard !all[number].state.isFinished else { return }
        all[number].state = state
        all[number].values = values
        if state == .failed { claimed -= 1 }
    }
}
