using Cvmfs.Net.Cli.Monitoring;

namespace Cvmfs.Net.Cli.Tests.Monitoring;

public sealed class AlertRoutesTests
{
    [Fact]
    public void Two_webhooks_of_one_host_are_two_receivers_whose_names_keep_the_secret()
    {
        string[] ids = [.. new[] { "https://hooks.example.org/first-secret", "page=https://hooks.example.org/second-secret", "https://hooks.example.org/first-secret" }.Select(text => AlertRoutes.Parse(text)!.Receiver.Id)];
        Assert.NotEqual(ids[0], ids[1]);
        Assert.Equal(ids[0], ids[2]);
        Assert.All(ids, static id => Assert.StartsWith("webhook hooks.example.org ", id, StringComparison.Ordinal));
        Assert.All(ids, static id => Assert.DoesNotContain("secret", id, StringComparison.Ordinal));
    }
}
