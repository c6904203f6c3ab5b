import ArgumentParser
import Documents
import Workflows

struct ImportFI2010Command: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "fi2010", abstract: "Make a feature table of FI-2010's text files.",
        discussion: """
            EXAMPLES
              hftml import fi2010 Train_Dst_NoAuction_DecPre_CF_7.txt --horizon 10 -o features.safetensors
              hftml import fi2010 Train_CF_7.txt Test_CF_7.txt Test_CF_8.txt --horizon 50 -o features.safetensors

            Give training files before test files; a recipe with split {kind: time, test: 0.354} cuts the four files \
            of setup 2 where the test days begin.
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "Files of 149 rows, in order.", completion: .file()) var files: [String]
    @Option(help: "Horizon in events: 10, 20, 30, 50 or 100.") var horizon: Int
    @Option(name: .shortAndLong, help: "The feature table to write.", completion: .file()) var output: String

    mutating func perform(_ context: CommandContext) throws -> FI2010Document {
        FI2010Document(
            try ImportFI2010.run(
                files.map(context.path), horizon: horizon, output: context.path(output),
                session: try context.session()))
    }
}
