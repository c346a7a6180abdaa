using System.Net;
using System.Text.Json;
using System.Threading.Channels;
using Cvmfs.Net.Monitoring.Incidents;
using Cvmfs.Net.Monitoring.StatusPage;
using Cvmfs.Net.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cvmfs.Net.Monitoring.Tests.Incidents;

public sealed class AlertSenderTests : IDisposable
{
    private static readonly DateTimeOffset s_now = new(2026, 1, 10, 12, 0, 0, TimeSpan.Zero);

    private readonly FakeClock _clock = new(s_now);
    private readonly Hooks _hooks = new();
    private readonly HttpMessageInvoker _invoker;

    public AlertSenderTests() => _invoker = new HttpMessageInvoker(_hooks);

    public void Dispose() => _invoker.Dispose();

    [Fact]
    public async Task A_receiver_gets_the_whole_document_and_a_chat_a_line()
    {
        var sender = Sender(Route("hook"), Route("chat", AlertForm.Chat));
        sender.Send(Event());
        sender.Complete();
        await sender.RunAsync(TestContext.Current.CancellationToken);
        var sent = await _hooks.TakeAsync(2);
        Golden.Same("alert.json", sent["hook"].Body + "\n", "Incidents/Golden");
        Assert.Equal("{\"text\":\"[prod] s1-a: FAILED: connection refused (since 2026-01-10T12:00:00Z)\"}", sent["chat"].Body);
        Assert.Equal("3-opened-1768046400000", sent["hook"].Key);
        Assert.Equal(2, sender.TakeSent());
    }

    [Fact]
    public async Task An_outbox_that_cannot_be_read_keeps_nothing_that_is_news_from_its_receiver()
    {
        var sender = new AlertSender([Route("hook")], _invoker, _clock, NullLogger.Instance, "here", () => 0.5, new BrokenOutbox());
        sender.Send(Event());
        sender.Complete();
        await sender.RunAsync(TestContext.Current.CancellationToken);
        Assert.Equal(1, sender.TakeSent());
    }

    [Fact]
    public async Task PagerDuty_and_Opsgenie_get_their_own_forms_and_one_alias_for_beginning_and_end()
    {
        foreach (bool isOver in (bool[])[false, true])
        {
            var what = isOver ? Event() with { Kind = IncidentEventKind.Resolved, Previous = ServiceStatus.Failed } : Event();
            var sender = Sender(Route("pd", AlertForm.PagerDuty), Route("og", AlertForm.Opsgenie));
            sender.Send(what);
            sender.Complete();
            await sender.RunAsync(TestContext.Current.CancellationToken);
            var sent = await _hooks.TakeAsync(2);
            var pagerDuty = JsonDocument.Parse(sent["pd"].Body).RootElement;
            Assert.Equal(("k1", isOver ? "resolve" : "trigger", "cvmfs/here/server/s1-a/1768046400"), (pagerDuty.GetProperty("routing_key").GetString(), pagerDuty.GetProperty("event_action").GetString(), pagerDuty.GetProperty("dedup_key").GetString()));
            Assert.Equal(("critical", "here"), (pagerDuty.GetProperty("payload").GetProperty("severity").GetString(), pagerDuty.GetProperty("payload").GetProperty("source").GetString()));
            var opsgenie = JsonDocument.Parse(sent["og"].Body).RootElement;
            Assert.DoesNotContain("k1", sent["og"].Body, StringComparison.Ordinal);
            if (isOver) Assert.True(opsgenie.TryGetProperty("note", out _));
            else Assert.Equal(("P1", "cvmfs/here/server/s1-a/1768046400"), (opsgenie.GetProperty("priority").GetString(), opsgenie.GetProperty("alias").GetString()));
            using var request = AlertRequest.Create(Route("og", AlertForm.Opsgenie).Receiver, what, "here");
            Assert.Equal("GenieKey k1", request.Headers.GetValues("Authorization").Single());
            Assert.Equal(isOver ? "http://og.example.org/secret/cvmfs%2Fhere%2Fserver%2Fs1-a%2F1768046400/close?identifierType=alias" : "http://og.example.org/secret", request.RequestUri!.AbsoluteUri);
        }
    }

    [Theory]
    [InlineData(ServiceStatus.Ok, "OK", "OK again")]
    [InlineData(ServiceStatus.Maintenance, "MAINTENANCE", "planned work has begun")]
    [InlineData(ServiceStatus.Unknown, "UNKNOWN", "no longer looked at")]
    public async Task However_it_ends_every_form_of_receiver_is_told_that_it_is_over(ServiceStatus end, string status, string reason)
    {
        var what = Event() with { Kind = IncidentEventKind.Resolved, Previous = ServiceStatus.Failed };
        what = what with { Incident = what.Incident with { Status = end, EndedAt = s_now } };
        var sender = Sender(Route("hook"), Route("chat", AlertForm.Chat), Route("pd", AlertForm.PagerDuty), Route("og", AlertForm.Opsgenie));
        sender.Send(what);
        sender.Complete();
        await sender.RunAsync(TestContext.Current.CancellationToken);
        var sent = (await _hooks.TakeAsync(4)).ToDictionary(one => one.Key, one => JsonDocument.Parse(one.Value.Body).RootElement);
        string text = $"[prod] s1-a: {reason}, was FAILED since 2026-01-10T12:00:00Z";
        Assert.Equal(("resolved", status, "FAILED", text), (Text("hook", "event"), Text("hook", "status"), Text("hook", "previous_status"), Text("hook", "summary")));
        Assert.Equal(text, Text("chat", "text"));
        Assert.Equal(("resolve", "cvmfs/here/server/s1-a/1768046400"), (Text("pd", "event_action"), Text("pd", "dedup_key")));
        Assert.Equal(text, Text("og", "note"));
        Assert.Contains($"\r\n\r\n{Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(text + "\n"))[..60]}", AlertMail.Compose(Route("mail", AlertForm.Mail).Receiver, what), StringComparison.Ordinal);

        string? Text(string receiver, string property) => sent[receiver].GetProperty(property).GetString();
    }

    [Fact]
    public void What_is_too_long_for_a_receiver_is_cut_between_letters()
    {
        var what = Event();
        string letters = string.Concat(Enumerable.Repeat("\U0001F980", 600));
        foreach (string message in (string[])[letters, "x" + letters])
        {
            using var request = AlertRequest.Create(Route("og", AlertForm.Opsgenie).Receiver, what with { Incident = what.Incident with { Message = message } }, "here");
            using var body = JsonDocument.Parse(request.Content!.ReadAsStream(TestContext.Current.CancellationToken));
            string cut = body.RootElement.GetProperty("message").GetString()!;
            Assert.InRange(cut.Length, 128, 130);
            Assert.DoesNotContain('\uFFFD', cut);
        }
    }

    [Fact]
    public async Task A_receiver_that_is_away_is_tried_again_and_again_and_delays_no_other()
    {
        int failures = 3;
        _hooks.Answer = id => id == "away" && failures-- > 0 ? HttpStatusCode.ServiceUnavailable : HttpStatusCode.NoContent;
        var sender = Sender(Route("away"), Route("well"));
        var run = sender.RunAsync(TestContext.Current.CancellationToken);
        sender.Send(Event());
        sender.Send(Event(4));
        sender.Complete();
        Assert.Equal(3, (await _hooks.TakeListAsync(3)).Count(id => id is "away" or "well"));
        foreach (int seconds in (int[])[2, 4, 8])
        {
            await _clock.WhenDueWithinAsync(TimeSpan.FromSeconds(seconds)); // the pause: an attempt may take longer than any of these
            _clock.Advance(TimeSpan.FromSeconds(seconds));
        }

        await run;
        Assert.Equal((4L, 0L), (sender.TakeSent(), sender.TakeDropped()));
    }

    [Fact]
    public async Task Aliases_of_long_names_are_short_enough_and_still_differ()
    {
        string[] lines = [.. Enumerable.Range(0, 2).Select(i => $"server/{new string('x', 300)}{i}")];
        var aliases = new List<string>();
        foreach (string line in lines)
        {
            var what = Event();
            using var request = AlertRequest.Create(Route("pd", AlertForm.PagerDuty).Receiver, what with { Incident = new Incident(3, line, s_now) { Status = what.Incident.Status, Severity = what.Incident.Severity } }, "here");
            using var json = JsonDocument.Parse(await request.Content!.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
            aliases.Add(json.RootElement.GetProperty("dedup_key").GetString()!);
        }

        Assert.All(aliases, static alias => Assert.InRange(alias.Length, 200, 255));
        Assert.NotEqual(aliases[0], aliases[1]);
    }

    [Fact]
    public async Task What_is_refused_for_good_is_given_up_at_once()
    {
        _hooks.Answer = _ => HttpStatusCode.Gone;
        var sender = Sender(Route("gone"));
        sender.Send(Event());
        sender.Complete();
        await sender.RunAsync(TestContext.Current.CancellationToken);
        Assert.Equal((0L, 1L), (sender.TakeSent(), sender.TakeDropped()));
    }

    [Fact]
    public async Task A_queue_is_bounded_and_keeps_the_newest()
    {
        var sender = Sender(Route("hook"));
        for (int i = 0; i < AlertSender.MaxQueued + 5; i++) sender.Send(Event(i));
        sender.Complete();
        await sender.RunAsync(TestContext.Current.CancellationToken);
        Assert.Equal((AlertSender.MaxQueued, 5L), (sender.TakeSent(), sender.TakeDropped()));
        Assert.StartsWith("5-", _hooks.FirstKey, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_end_gives_up_what_is_left()
    {
        _hooks.Answer = _ => HttpStatusCode.BadGateway;
        var sender = Sender(Route("hook"));
        using var stop = new CancellationTokenSource();
        var run = sender.RunAsync(stop.Token);
        sender.Send(Event());
        sender.Send(Event(4));
        await _clock.WhenTimersAsync(1);
        await stop.CancelAsync();
        await run;
        Assert.Equal(0, sender.TakeSent());
    }

    private static AlertRoute Route(string id, AlertForm form = AlertForm.Document) => new(new AlertReceiver(id, new Uri($"http://{id}.example.org/secret"), form) { Key = "k1", To = "a@example.org", From = "b@example.org" }, AlertSeverity.Info);

    private static IncidentEvent Event(long id = 3) => new(
        IncidentEventKind.Opened,
        new Incident(id, "server/s1-a", s_now)
        {
            Status = ServiceStatus.Failed,
            Severity = AlertSeverity.Page,
            Environment = "prod",
            Message = "connection refused",
            Told = new HashSet<AlertSeverity> { AlertSeverity.Page },
        },
        ServiceStatus.Ok,
        s_now);

    private AlertSender Sender(params AlertRoute[] routes) => new(routes, _invoker, _clock, NullLogger.Instance, "here", () => 0.5);

    /// <summary>Receivers by the first part of their host.</summary>
    private sealed class Hooks : HttpMessageHandler
    {
        private readonly Channel<(string Id, string Body, string Key)> _taken = Channel.CreateUnbounded<(string, string, string)>();

        public Func<string, HttpStatusCode> Answer { get; set; } = _ => HttpStatusCode.OK;

        public string? FirstKey { get; private set; }

        public async Task<Dictionary<string, (string Body, string Key)>> TakeAsync(int count)
        {
            var taken = new Dictionary<string, (string, string)>();
            for (int i = 0; i < count; i++)
            {
                var one = await _taken.Reader.ReadAsync(TestContext.Current.CancellationToken);
                taken[one.Id] = (one.Body, one.Key);
            }

            return taken;
        }

        public async Task<List<string>> TakeListAsync(int count)
        {
            var taken = new List<string>();
            while (taken.Count < count) taken.Add((await _taken.Reader.ReadAsync(TestContext.Current.CancellationToken)).Id);
            return taken;
        }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            string id = request.RequestUri!.Host.Split('.')[0], key = request.Headers.GetValues("Idempotency-Key").Single();
            FirstKey ??= key;
            _taken.Writer.TryWrite((id, await request.Content!.ReadAsStringAsync(cancellationToken), key));
            return new HttpResponseMessage(Answer(id));
        }
    }

    private sealed class BrokenOutbox : IAlertOutbox
    {
        public IReadOnlyList<IncidentEvent> ReadAlerts(string receiver, Action<string> isOdd) => throw new CvmfsFormatException("monitor.db", "is damaged.");

        public void RemoveAlert(string receiver, string key)
        {
        }
    }
}
