import HyperparameterSearch
import Testing

/// What every storage of studies has to keep to, whoever keeps it: numbers, limits, reports, ends, and one view for all
/// handles.
///
/// - Parameter open: another handle on the same, at first empty, study of one parameter.
func checkStudyStorage(_ open: () throws -> any StudyStorage) throws {
    let one = try open(), two = try open()
    #expect(try one.trials().isEmpty)

    // Handles take numbers in turn, dense from 0, up to the limit.
    let first = try #require(try one.begin(limit: 3)), second = try #require(try two.begin(limit: 3))
    let third = try #require(try one.begin(limit: 3))
    #expect([first, second, third].map(\.number) == [0, 1, 2])
    #expect([first, second, third].allSatisfy { $0.state == .running && $0.point.isEmpty && $0.retryOf == nil })
    #expect(try two.begin(limit: 3) == nil)

    // What one handle writes, every other reads.
    try one.propose(0, point: [0.25], tag: 7)
    try two.propose(1, point: [0.5], tag: 0)
    #expect(try one.trials() == two.trials())
    #expect(try one.trials().map(\.point) == [[0.25], [0.5], []])
    #expect(try two.trials()[0].tag == 7)

    // Reports stand by step, and the same step again replaces the earlier one.
    for (step, value) in [(2, 0.5), (1, 0.75), (2, 0.25)] {
        try one.report(0, Trial.Report(step: step, value: value))
    }
    #expect(
        try two.trials()[0].reports == [Trial.Report(step: 1, value: 0.75), Trial.Report(step: 2, value: 0.25)])

    // A failed trial gives its place back; complete and pruned ones do not.
    try one.finish(0, state: .complete, values: [1.5])
    try two.finish(1, state: .failed, values: [])
    let fourth = try #require(try two.begin(limit: 3))
    #expect(fourth.number == 3)
    #expect(try one.begin(limit: 3) == nil)
    try one.finish(2, state: .pruned, values: [])
    #expect(try one.begin(limit: 3) == nil)

    // What has ended stays as it ended, and frees no second place.
    try one.finish(0, state: .failed, values: [])
    try two.finish(1, state: .failed, values: [])
    #expect(try one.begin(limit: 3) == nil)
    #expect(try one.begin(limit: 4)?.number == 4)

    // Every handle sees the same in the same order, also one that comes late.
    let late = try open()
    #expect(try late.trials() == one.trials() && two.trials() == one.trials())
    let all = try one.trials()
    #expect(all.map(\.number) == [0, 1, 2, 3, 4])
    #expect(all.map(\.state) == [.complete, .failed, .pruned, .running, .running])
    #expect(all[0].values == [1.5] && all[1].values.isEmpty)
}
