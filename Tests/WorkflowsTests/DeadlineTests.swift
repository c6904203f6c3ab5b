import Basics
import Registry
import Testing
import Workflows

/// How long a promotion waits for its receipt, whatever number it is given.
@Suite struct DeadlineTests {
    @Test("what is no time to wait counts as none", arguments: [0, -1, -Double.infinity, .nan])
    func none(wait: Double) throws {
        let project = try TestProject(), runtime = FakeRuntime(.silence)
        try project.judge()
        var request = try project.request()
        request.wait = wait
        #expect(
            project.code { _ = try PromoteModel.run(request, runtime: runtime.port, session: project.session) }
                == "promote.no-receipt")
    }

    @Test("a wait without end ends with the receipt", arguments: [1e12, Double.infinity])
    func endless(wait: Double) throws {
        let project = try TestProject(), runtime = FakeRuntime()
        try project.judge()
        var request = try project.request()
        request.wait = wait
        let outcome = try PromoteModel.run(request, runtime: runtime.port, session: project.session)
        #expect(outcome.receipt.outcome == "installed")
    }
}
