using System.Text;
using Cvmfs.Net.Testing;
using Microsoft.AspNetCore.Http;

namespace Cvmfs.Net.Monitoring.Tests.Scraping;

public sealed class GeoTests
{
    private static readonly GeoQuery Query = new("anchor", [new GeoHost("chicago.example.org", 41.85, -88.31), new GeoHost("geneva.example.org", 46.23, 6.05), new GeoHost("beijing.example.org", 39.92, 116.24)]);

    [Theory, Conforms("monitoring", 23)]
    [InlineData("1,2,3\n", "chicago geneva beijing")]
    [InlineData("3,1,2", "beijing chicago geneva")]
    [InlineData("1,2\n", null)]
    [InlineData("1,2,3,4\n", null)]
    [InlineData("1,1,2\n", null)]
    [InlineData("0,1,2\n", null)]
    [InlineData("1,2,x\n", null)]
    [InlineData("-1,2,3\n", null)]
    [InlineData("", null)]
    public void An_answer_is_an_order_from_one_or_nothing(string answer, string? order)
        => Assert.Equal(order, Query.ReadOrder(answer) is { } read ? string.Join(' ', read.Select(position => Query.Hosts[position - 1].Name.Split('.')[0])) : null);

    [Theory]
    [InlineData(new[] { 1, 2, 3 }, true)]
    [InlineData(new[] { 2, 1, 3 }, false)]
    [InlineData(new[] { 1, 3, 2 }, false)]
    public void An_order_is_right_when_distances_grow(int[] order, bool expected) => Assert.Equal(expected, Query.IsRight(order));

    [Fact]
    public void Hosts_of_nearly_the_same_distance_may_stand_either_way_and_unknown_places_give_no_verdict()
    {
        var near = new GeoQuery("domain", [new GeoHost("a", 50, 0), new GeoHost("b", 51, 0)]) { Anchor = new GeoHost("c", 0, 0) };
        Assert.Equal((true, true), (near.IsRight([1, 2]), near.IsRight([2, 1])));
        Assert.Null(new GeoQuery("domain", [new GeoHost("a", 50, 0), new GeoHost("b")]).IsRight([1, 2]));
    }

    [Theory, Conforms("monitoring", 24)]
    [InlineData("192.0.2.1")]
    [InlineData("198.51.100.1")]
    public async Task The_verdict_does_not_depend_on_where_the_prober_is(string prober)
    {
        // As the reference: measured from the anchor where it is known, else from whoever asks; and a prober elsewhere would see another order.
        var places = Query.Hosts.ToDictionary(host => host.Name);
        places["192.0.2.1"] = new GeoHost("prober", 39, 116);
        places["198.51.100.1"] = new GeoHost("prober", 46, 6);
        string? asked = null;
        var report = await ScrapeAsync(context =>
        {
            string[] parts = context.Request.Path.Value!.Split('/');
            asked = parts[^2];
            var from = places.GetValueOrDefault(parts[^2], places[prober]);
            var hosts = parts[^1].Split(',').Select(name => places[name]).ToList();
            var order = Enumerable.Range(1, hosts.Count).OrderBy(position => Square(from.Latitude - hosts[position - 1].Latitude) + Square(from.Longitude - hosts[position - 1].Longitude));
            return string.Join(',', order) + "\n";
        });
        Assert.Equal("chicago.example.org", asked);
        Assert.Equal((ErrorClass.None, true), (report.Geo[0].Error, report.Geo[0].IsRight));

        static double Square(double? value) => value!.Value * value.Value;
    }

    [Theory, Conforms("monitoring", 22)]
    [InlineData("2,2,2")]
    [InlineData(null)]
    public async Task A_broken_geo_api_spoils_nothing_else(string? answer)
    {
        var report = await ScrapeAsync(_ => answer);
        Assert.Equal((ServerOutcome.Reachable, RepositoryOutcome.Ok), (report.Outcome, report.Repositories[0].Outcome));
        Assert.Equal(answer is null ? ErrorClass.Http4xx : ErrorClass.GeoInvalid, report.Geo[0].Error);
    }

    [Fact, Conforms("monitoring", 25)]
    public async Task The_question_is_asked_once_in_fifteen_minutes_and_its_anchor_is_a_real_host()
    {
        using var repository = await ScrapeKit.BuildAsync();
        await using var fleet = new FakeFleet();
        var asked = new List<string>();
        var target = await fleet.AddAsync(repository.ServerRoot, FakeFleet.Either(FakeFleet.Lists(), context =>
        {
            if (context.Request.Path.Value!.Contains("/geo/", StringComparison.Ordinal)) asked.Add(context.Request.Path.Value);
            return Task.FromResult(false);
        }));
        using var scraper = new StratumScraper(ScrapeKit.Options(repository) with { GeoQueries = [GeoQuery.Default] });
        for (int i = 0; i < 8; i++)
        {
            await scraper.ScrapeAsync([target]);
            repository.Clock.Advance(TimeSpan.FromMinutes(2));
        }

        Assert.Single(asked);
        Assert.Contains("/geo/cvmfs-s1fnal.opensciencegrid.org/", asked[0], StringComparison.Ordinal);
        await scraper.ScrapeAsync([target]);
        Assert.Equal(2, asked.Count);
    }

    private static async Task<ServerReport> ScrapeAsync(Func<HttpContext, string?> answer)
    {
        using var repository = await ScrapeKit.BuildAsync();
        await using var fleet = new FakeFleet();
        var target = await fleet.AddAsync(repository.ServerRoot, FakeFleet.Either(FakeFleet.Lists(), async context =>
        {
            if (!context.Request.Path.Value!.Contains("/geo/", StringComparison.Ordinal)) return false;
            string? text = answer(context);
            context.Response.StatusCode = text is null ? 400 : 200;
            await context.Response.Body.WriteAsync(Encoding.ASCII.GetBytes(text ?? "Bad Request: no"));
            return true;
        }));
        return await ScrapeKit.ScrapeAsync(ScrapeKit.Options(repository) with { GeoQueries = [Query] }, target);
    }
}
