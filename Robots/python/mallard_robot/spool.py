"""The steps that the coordinator has not yet acknowledged, oldest first. Follows
Sources/Robots/EndpointLogic/StepSpool.swift."""

from dataclasses import dataclass, field

from . import mallard_pb2 as wire

NEVER = -(1 << 62)


@dataclass
class Entry:
    """A step that waits, and when it was sent last."""

    step: wire.Step
    pictures: list
    sent_at: int
    size: int

    @property
    def episode(self):
        return key(self.step.observation.episode)

    @property
    def index(self):
        return self.step.observation.step


def key(episode: wire.EpisodeID):
    """An episode as something that can be compared."""
    return (episode.session, episode.ordinal)


@dataclass
class Spool:
    """Nothing leaves it but by an acknowledgement, which comes after the commit to disk."""

    entries: list = field(default_factory=list)
    size: int = 0  # bytes of pictures and numbers, about

    def __len__(self):
        return len(self.entries)

    def append(self, step: wire.Step, pictures, now):
        felt = step.observation.reading.proprioception
        size = 512 + 16 * len(felt.joint_positions) + sum(len(picture) for picture in pictures)
        self.entries.append(Entry(step, pictures, now, size))
        self.size += size

    def acknowledge(self, episode, steps):
        self.entries = [
            entry for entry in self.entries if entry.episode != episode or entry.index >= steps]
        self.size = sum(entry.size for entry in self.entries)

    def due(self, limit, burst, now):
        """Up to `burst` steps that were last sent before `limit`, marked as sent now."""
        due = [entry for entry in self.entries if entry.sent_at < limit][:burst]
        for entry in due:
            entry.sent_at = now
        return due

    def forget_sending(self):
        """Makes every step due: the link is new, and what was sent on the old one may be lost."""
        for entry in self.entries:
            entry.sent_at = NEVER
