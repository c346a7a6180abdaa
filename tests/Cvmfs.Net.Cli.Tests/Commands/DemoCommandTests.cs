namespace Cvmfs.Net.Cli.Tests.Commands;

public sealed class DemoCommandTests
{
    [Fact]
    public async Task Goes_through_the_whole_infrastructure()
    {
        var run = await CliRun.RunAsync("demo", "--once");
        Assert.Contains("/hello.txt says: Hello from the first revision.", run.Expect(0).Output, StringComparison.Ordinal);
        Assert.Contains("/hello.txt says: Hello from the second revision.", run.Output, StringComparison.Ordinal);
    }
}
