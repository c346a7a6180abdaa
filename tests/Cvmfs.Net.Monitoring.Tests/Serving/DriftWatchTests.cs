using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Cvmfs.Net.Diagnostics;
using Cvmfs.Net.Monitoring.Fleet;
using Cvmfs.Net.Monitoring.Reporting;
using Cvmfs.Net.Monitoring.Serving;
using Cvmfs.Net.Monitoring.Tests.Fleet;
using Cvmfs.Net.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cvmfs.Net.Monitoring.Tests.Serving;

public sealed class DriftWatchTests
{
    [Fact]
    public async Task Names_are_compared_with_the_fleet_file_again_and_again_unless_the_place_is_blind()
    {
        string key = System.Security.Cryptography.RSA.Create(2048).ExportSubjectPublicKeyInfoPem();
        var fleet = FleetReader.Read([("fleet.yaml", FleetFixture.Yaml)], FleetFixture.Now, _ => key).Fleet!;
        var clock = new FakeClock(FleetFixture.Now);
        using var nobody = new DocumentHandler();
        string own = "192.0.2.9";
        Func<string, AddressFamily, CancellationToken, Task<IPAddress[]>> resolve = (host, family, _)
            => Task.FromResult(family == AddressFamily.InterNetwork ? [IPAddress.Parse(host == "s0.demo.test" ? own : "192.0.2.7")] : host == "s0.demo.test" ? [IPAddress.Parse("2001:db8::1")] : Array.Empty<IPAddress>());
        var compared = Channel.CreateUnbounded<bool>();
        var options = new MonitorOptions { DriftCompared = () => compared.Writer.TryWrite(true), Scraping = new ScraperOptions { TimeProvider = clock, Handler = nobody, Resolver = resolve, ProbeNetwork = false } };
        var watch = new DriftWatch(options, NullLogger.Instance);
        bool isOnline = false;
        using var stop = new CancellationTokenSource();
        var run = watch.RunAsync(fleet, () => isOnline, stop.Token);
        await clock.WhenTimersAsync(1);
        Assert.Null(watch.LastOf(fleet));

        isOnline = true;
        Assert.Contains("cvmfs_probe_dns_matches_fleet{server=\"s0\",environment=\"prod\",vantage=\"here\"} 0\n", await NextAsync(), StringComparison.Ordinal);
        own = "192.0.2.1";
        string metrics = await NextAsync();
        Assert.Contains("cvmfs_probe_dns_matches_fleet{server=\"s0\",environment=\"prod\",vantage=\"here\"} 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains("cvmfs_fleet_drift_items{kind=\"dns\"} 0\n", metrics, StringComparison.Ordinal);
        Assert.Null(watch.LastOf(FleetFixture.Fleet(FleetFixture.Change("name: demo", "name: other")))); // what was found of another file says nothing
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);

        async Task<string> NextAsync()
        {
            await clock.WhenTimersAsync(1); // the pause
            clock.Advance(options.DriftInterval);
            await compared.Reader.ReadAsync(TestContext.Current.CancellationToken);
            var text = new PrometheusText();
            watch.LastOf(fleet)!.WriteTo(text, "here");
            return text.ToString();
        }
    }
}
